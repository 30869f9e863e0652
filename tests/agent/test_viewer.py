"""Pages that a bubble opens are read by structure and words, whatever their ids."""

from device_agent.viewer import (
    download_button,
    is_expired,
    read_viewer,
    save_button,
    shows_file,
    whole_text,
)

PACKAGE = 'package="com.tencent.mm"'


def page(*nodes: str) -> str:
    inner = "".join(f"<node {PACKAGE} {node}/>" for node in nodes)
    return f'<hierarchy><node {PACKAGE} bounds="[0,0][1080,2400]">{inner}</node></hierarchy>'


PICTURE = 'class="android.widget.ImageView" bounds="[0,300][1080,2000]"'
MORE = 'class="android.widget.ImageView" clickable="true" content-desc="更多"'
FACE = 'class="android.widget.ImageView" content-desc="小王头像" bounds="[20,300][140,420]"'


def test_a_picture_over_the_screen_is_a_viewer_with_or_without_its_button() -> None:
    alone = read_viewer(page(PICTURE))
    both = read_viewer(page(PICTURE, f'{MORE} bounds="[900,2200][1000,2300]"'))

    assert alone is not None
    assert both is not None
    assert (alone.more, both.picture.middle) == (None, (540, 1150))
    assert both.more is not None
    assert both.more.middle == (950, 2250)


def test_a_chat_and_another_app_are_no_viewer() -> None:
    field = 'class="android.widget.EditText" bounds="[0,2300][1080,2400]"'

    assert read_viewer(page(PICTURE, field)) is None
    assert read_viewer(page(FACE)) is None
    assert read_viewer(page(PICTURE).replace("com.tencent.mm", "com.other")) is None
    assert read_viewer("no xml") is None


def test_buttons_are_found_by_their_words_in_both_languages() -> None:
    for words in ("保存图片", "保存视频", "Save Image", "Save Video"):
        assert save_button(page(f'text="{words}" bounds="[0,0][10,10]"')) is not None
    for words in ("下载", "Download"):
        assert download_button(page(f'text="{words}" bounds="[0,0][10,10]"')) is not None
    assert save_button(page('text="保存图片到云盘" bounds="[0,0][10,10]"')) is None


def test_a_file_that_is_called_expired_is_not() -> None:
    opened = page('text="已过期.pdf" bounds="[0,0][10,10]"')

    assert shows_file(opened, "已过期.pdf")
    assert not is_expired(opened, "已过期.pdf")
    assert is_expired(page('text="文件已过期或已被清理" bounds="[0,0][10,10]"'), "已过期.pdf")
    assert not shows_file(page(FACE, 'text="已过期.pdf" bounds="[0,0][10,10]"'), "已过期.pdf")


def test_a_whole_text_goes_on_from_where_its_bubble_breaks_off() -> None:
    beginning = "从前有座山…"
    whole = page('text="从前有座山，山上有座庙" bounds="[0,0][10,10]"')

    assert whole_text(whole, beginning) == "从前有座山，山上有座庙"
    assert whole_text(page('text="别的" bounds="[0,0][10,10]"'), beginning) is None
