"""The book of screens: WeChat's pages and the windows over them, each with how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from device_agent.sim.screens import (
    album,
    alerts,
    card,
    chooser,
    contacts,
    conversations,
    dialog,
    info,
    list_menus,
    members,
    mention,
    menus,
    search,
    viewer,
)
from device_agent.sim.screens.chat import chat_page, chat_reach
from device_agent.sim.screens.node import Node
from device_agent.sim.screens.scene import Scene
from device_agent.sim.stage import Overlay

_MM = "com.tencent.mm"
_FTS = f"{_MM}.plugin.fts.ui"
_GALLERY = f"{_MM}.plugin.gallery.ui"
LAUNCHER_UI = f"{_MM}.ui.LauncherUI"


def _still(scene: Scene, wanted: int) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class PageKind:
    """How a page is drawn, how far it scrolls and which activity shows it.

    `reach` gives the offset, in pixels, at most as far as the page goes. `from_end`: the offset
    counts up from its end, as a chat's does.
    """

    draw: Callable[[Scene], Node]
    reach: Callable[[Scene, int], int] = _still
    activity: str = LAUNCHER_UI
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class OverlayKind:
    """How a window over the others is drawn; `package` owns it.

    `back`: the back key takes it away. `covers`: it is the active window and takes all taps; a
    heads-up banner does not. `inside`: it stands only while WeChat is in front. `field`: it has a
    field, which has the focus. `seen`: it is a window to accessibility; a toast is none. `activity`
    is its own where it is no mere window, `title` what a window without one is called.
    """

    draw: Callable[[Scene, Overlay], Node]
    package: str = "com.tencent.mm"
    back: bool = True
    covers: bool = True
    inside: bool = True
    field: bool = False
    seen: bool = True
    activity: str = ""
    title: str = ""


PAGES: dict[str, PageKind] = {
    # A chat that was opened from the list stands in LauncherUI (phone.md 5.2).
    "chat": PageKind(chat_page, chat_reach, from_end=True),
    "album": PageKind(album.album_page, album.album_reach, f"{_GALLERY}.AlbumPreviewUI"),
    "preview": PageKind(album.preview_page, activity=f"{_GALLERY}.ImagePreviewUI"),
    "files": PageKind(album.files_page, album.files_reach, f"{_MM}.pluginsdk.ui.FileSelectorUI"),
    "choose_chat": PageKind(
        chooser.chooser_page,
        chooser.chooser_reach,
        f"{_MM}.ui.transmit.SelectConversationUI",
    ),
    "mention": PageKind(
        mention.mention_page, mention.mention_reach, f"{_MM}.ui.chatting.AtSomeoneUI"
    ),
    "viewer": PageKind(viewer.media_page, activity=f"{_MM}.ui.chatting.gallery.ImageGalleryUI"),
    "whole_text": PageKind(viewer.text_page, viewer.text_reach, f"{_MM}.ui.chatting.TextPreviewUI"),
    "file": PageKind(viewer.file_page, activity=f"{_MM}.pluginsdk.ui.AttachDownloadPage"),
    "detail": PageKind(viewer.detail_page, activity=f"{_MM}.plugin.webview.ui.tools.WebViewUI"),
    "search": PageKind(search.search_page, search.search_reach, f"{_FTS}.FTSMainUI"),
    "search_section": PageKind(search.section_page, search.section_reach, f"{_FTS}.FTSDetailUI"),
    "search_hits": PageKind(search.hits_page, search.hits_reach, f"{_FTS}.FTSDetailUI"),
    "folded": PageKind(
        conversations.folded_page,
        conversations.folded_reach,
        f"{_MM}.ui.conversation.ConvBoxServiceConversationUI",
    ),
    "saved_groups": PageKind(
        contacts.directory_page, contacts.directory_reach, f"{_MM}.ui.contact.ChatroomContactUI"
    ),
    "officials": PageKind(
        contacts.directory_page,
        contacts.directory_reach,
        f"{_MM}.plugin.brandservice.ui.BrandServiceIndexUI",
    ),
    "info": PageKind(info.info_page, info.info_reach, f"{_MM}.ui.SingleChatInfoUI"),
    "group_info": PageKind(info.info_page, info.info_reach, f"{_MM}.chatroom.ui.ChatroomInfoUI"),
    "members": PageKind(
        members.members_page, members.members_reach, f"{_MM}.chatroom.ui.SeeRoomMemberUI"
    ),
    "card": PageKind(card.card_page, card.card_reach, f"{_MM}.plugin.profile.ui.ContactInfoUI"),
    "edit": PageKind(card.edit_page, activity=f"{_MM}.ui.contact.ContactRemarkInfoModUI"),
    "tool": PageKind(viewer.tool_page, activity=f"{_MM}.ui.ToolUI"),
}
_STUBBORN = frozenset({"account_restricted", "too_frequent_dialog"})
_ASKING = "com.android.permissioncontroller.permission.ui.GrantPermissionsActivity"
_TROUBLE = {
    "app_crash": f"Application Error: {_MM}",
    "anr": f"Application Not Responding: {_MM}",
}
OVERLAYS: dict[str, OverlayKind] = {
    **{
        name: OverlayKind(
            draw,
            package,
            name not in _STUBBORN,
            inside=package == _MM,
            activity=_ASKING if name == "permission_dialog" else "",
            title=_TROUBLE.get(name, ""),
        )
        for name, (draw, package) in alerts.DIALOGS.items()
    },
    "toast": OverlayKind(
        lambda scene, overlay: dialog.toast(scene.look, overlay.text), covers=False, seen=False
    ),
    "message_menu": OverlayKind(menus.message_menu),
    "viewer_menu": OverlayKind(menus.viewer_menu),
    "resend": OverlayKind(menus.resend),
    "delete": OverlayKind(menus.delete),
    "shared": OverlayKind(menus.shared),
    "confirm_send": OverlayKind(chooser.confirm, field=True),
    "plus_menu": OverlayKind(list_menus.plus_menu),
    "row_menu": OverlayKind(list_menus.row_menu),
    "delete_row": OverlayKind(list_menus.delete_row),
    "leave_question": OverlayKind(info.leave_question),
    "clear_question": OverlayKind(info.clear_question),
    "logged_out": OverlayKind(
        alerts.login, back=False, activity=f"{_MM}.plugin.account.ui.WelcomeActivity"
    ),
    "incoming_call": OverlayKind(
        alerts.call, back=False, inside=False, activity=f"{_MM}.plugin.voip.ui.VideoActivity"
    ),
    "call_banner": OverlayKind(alerts.call_banner, back=False, covers=False, inside=False),
}
