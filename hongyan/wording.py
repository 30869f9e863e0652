"""What the command line says to people, in English and Chinese, in one catalogue."""

import os
from typing import Final, NamedTuple


class Wording(NamedTuple):
    """One sentence in both languages; `{…}` is filled in."""

    english: str
    chinese: str


CATALOGUE: Final[dict[str, Wording]] = {
    "extra_missing": Wording(
        "hongyan {command} needs the '{extra}' extra: pip install 'hongyan[{extra}]'",
        "hongyan {command} 需要 “{extra}” 扩展：pip install 'hongyan[{extra}]'",
    ),
    "unexpected": Wording(
        "Something unexpected went wrong: {error}. The whole story is in {log}",
        "发生意外错误：{error}。详细记录见 {log}",
    ),
    "settings_wrong": Wording("The settings are wrong: {error}", "设置有误：{error}"),
    "nobody_up": Wording(
        "No running `hongyan up` was found: {file} is not there. Start it, or give {option}",
        "没有找到正在运行的 hongyan up：{file} 不存在。请先启动它，或给出 {option}",
    ),
    "sim_away": Wording(
        "The simulated phone at {url} does not answer: {error}",
        "模拟手机 {url} 没有应答：{error}",
    ),
    "sim_refuses": Wording("The simulated phone refuses: {error}", "模拟手机拒绝：{error}"),
    "said": Wording("{sender} wrote in {chat}: {text}", "{sender} 在「{chat}」写道：{text}"),
    "phone_is_real": Wording(
        "This `hongyan up` drives a real phone: write with a real phone",
        "当前的 hongyan up 使用真实手机：请用真实手机发消息",
    ),
    "broker_away": Wording("The broker at {kafka} does not answer", "消息代理 {kafka} 没有应答"),
    "no_such_topic": Wording(
        "No topic matches {topic}; there are: {known}", "没有匹配 {topic} 的主题；现有：{known}"
    ),
    "not_audited": Wording(
        "This replay is not in the audit: {why}", "本次重放未能写入审计记录：{why}"
    ),
    "nothing_recorded": Wording("No recorded run is in this selection", "所选范围内没有录制的运行"),
    "cases_written": Wording(
        "{count} cases written to {folder}", "已写入 {count} 个用例：{folder}"
    ),
    "no_debugpy": Wording(
        "debugpy is not installed here: pip install 'hongyan[debug]'",
        "未安装 debugpy：pip install 'hongyan[debug]'",
    ),
    "plugin_there": Wording(
        "{folder} is there already and not empty: choose another name or folder",
        "{folder} 已存在且不为空：请换一个名称或文件夹",
    ),
    "plugin_made": Wording(
        "Made {folder}. Test it: hongyan plugin test {folder} · "
        'Run it: make up ARGS="--plugins {into}"',
        "已创建 {folder}。测试：hongyan plugin test {folder} · "
        '运行：make up ARGS="--plugins {into}"',
    ),
    "no_instance": Wording(
        "No running worker has an instance {name}; there are: {known}",
        "没有名为 {name} 的插件实例；现有：{known}",
    ),
    "plugin_enabled": Wording("{name} is enabled", "{name} 已启用"),
    "plugin_disabled": Wording("{name} is disabled", "{name} 已停用"),
    "plugin_set": Wording("{name} is set up anew", "{name} 的配置已更新"),
    "plugin_heard": Wording("Running workers that go by it: {count}", "已生效的工作进程：{count}"),
    "plugin_unheard": Wording(
        "No worker runs; it holds from its next start", "当前没有运行中的工作进程，下次启动时生效"
    ),
    "plugin_deaf": Wording(
        "Not heard of yet by {deaf}; they go by it once they reach the database",
        "尚未生效：{deaf}；恢复数据库连接后生效",
    ),
    "plugin_refused": Wording("Taken back, nothing has changed: {why}", "已撤销，未做更改：{why}"),
    "no_pytest": Wording(
        "pytest is not installed here: pip install pytest", "未安装 pytest：pip install pytest"
    ),
    "no_story": Wording(
        "Nothing is known of {name}: no event, action or trace begins so",
        "没有找到 {name}：没有以此开头的事件、动作或追踪",
    ),
    "nothing_denied": Wording(
        "Since {since} no plugin tried what it is not granted",
        "{since} 以来没有插件尝试未获授权的操作",
    ),
    "no_schedules": Wording("Nothing is scheduled", "没有定时任务"),
    "schedule_made": Wording("{id} is due first at {due}", "{id} 首次触发：{due}"),
    "schedule_cancelled": Wording("{id} is cancelled", "{id} 已取消"),
    "which_schedule": Wording(
        "{count} schedules begin with {name}: name one",
        "以 {name} 开头的定时任务有 {count} 个：请指明一个",
    ),
    "schedule_declared": Wording(
        "The plugin {instance} declares it: disable the plugin instead",
        "该任务由插件 {instance} 声明：请停用该插件",
    ),
    "no_open_actions": Wording("Nothing waits to be sent", "没有待发送的消息"),
    "more_open_actions": Wording(
        "{shown} of {count} are shown; --limit shows more",
        "共 {count} 条，已显示 {shown} 条；用 --limit 查看更多",
    ),
    "which_action": Wording(
        "{count} actions begin with {name}: name one",
        "以 {name} 开头的消息有 {count} 条：请指明一条",
    ),
    "actions_would": Wording(
        "{count} actions would be resolved as {verdict}; nothing was done",
        "{count} 条消息将按 {verdict} 处理；未做任何操作",
    ),
    "actions_ask": Wording(
        "Resolve {count} actions as {verdict}?", "将 {count} 条消息按 {verdict} 处理，继续吗？"
    ),
    "no_picture": Wording("{action} has no screenshot", "{action} 没有截图"),
    "picture_written": Wording(
        "The screenshot of {action} is in {file}", "{action} 的截图已写入 {file}"
    ),
    "action_resolved": Wording(
        "{action}: {verdict}; the agent carries it out, `hongyan why {action}` tells when",
        "{action}：{verdict}；由手机代理执行，可用 hongyan why {action} 查看进展",
    ),
    "job_refused": Wording(
        "The system's keeper of jobs refuses the agent: {said}",
        "系统的服务管理器拒绝了代理：{said}",
    ),
    "job_installed": Wording(
        "Installed {file}; it logs to {log}. `hongyan agent status` shows how it is",
        "已安装 {file}；日志在 {log}。可用 hongyan agent status 查看",
    ),
    "job_lingers": Wording(
        "To have it run while nobody is logged in: sudo loginctl enable-linger $USER",
        "若要在无人登录时也运行：sudo loginctl enable-linger $USER",
    ),
    "job_removed": Wording("Removed {file}; its data stays", "已移除 {file}；数据保留"),
    "no_job": Wording(
        "The agent is not installed here: there is no {file}", "这里没有安装代理：没有 {file}"
    ),
    "look_drawn": Wording("Drawn, with these numbers, in {file}", "已按编号画在 {file}"),
    "calibrated": Wording(
        "Proven twice: with this layout WeChat {version} is read and sent by",
        "两次核对一致：此布局可用于微信 {version} 的收发",
    ),
    "calibrated_read_only": Wording(
        "Not all that sending needs is proven: with this layout WeChat {version} is read only",
        "发送所需的部分未全部确认：微信 {version} 用此布局只读不发",
    ),
    "layout_saved": Wording(
        "Saved in {file}; an agent started with HONGYAN_LAYOUTS={folder} uses it",
        "已保存到 {file}；以 HONGYAN_LAYOUTS={folder} 启动的代理会使用它",
    ),
    "recorded": Wording(
        "Recorded in {folder}: {page}, {rows} rows read; look through it before you share it",
        "已录制到 {folder}：{page}，读到 {rows} 行；分享前请先检查",
    ),
    "not_written": Wording("It cannot be written: {why}", "无法写入：{why}"),
    "no_picture_file": Wording(
        "{file} is no picture: give a screenshot, PNG or JPEG",
        "{file} 不是图片：请给出 PNG 或 JPEG 截图",
    ),
    "no_such_account": Wording(
        "Nothing was ordered: no phone has an account {account} here; `hongyan phone status` lists "
        "them",
        "未下达任何指令：这里没有名为 {account} 的账号；可用 hongyan phone status 查看",
    ),
    "phone_stop": Wording(
        "{account} is told to send nothing any more; `hongyan phone status` shows when it heard, "
        "`hongyan phone resume` lets it go on",
        "已通知 {account} 停止发送；可用 hongyan phone status 查看，hongyan phone resume 恢复",
    ),
    "phone_resume": Wording(
        "{account} is told to go on; `hongyan phone status` shows when it heard",
        "已通知 {account} 恢复发送；可用 hongyan phone status 查看",
    ),
    "no_phones": Wording("No phone was heard of yet", "还没有手机的消息"),
    "no_dead_letters": Wording("No dead letters", "没有死信"),
    "more_dead_letters": Wording(
        "{shown} of {count} are shown; --limit shows more",
        "共 {count} 封，已显示 {shown} 封；用 --limit 查看更多",
    ),
    "which_letter": Wording(
        "{count} letters begin with {name}: name one",
        "以 {name} 开头的死信有 {count} 封：请指明一封",
    ),
    "letter_edited": Wording(
        "{letter} is edited; it goes back as revision #r{revision}",
        "{letter} 已修改，将以修订版 #r{revision} 送回",
    ),
    "letters_would": Wording("{count} letters; nothing was done", "共 {count} 封；未做任何操作"),
    "letters_ask": Wording("{count} letters: go on?", "共 {count} 封死信，继续吗？"),
    "letters_done": Wording(
        "{done} of {matched} done, {skipped} were settled otherwise",
        "{matched} 封中已完成 {done} 封，{skipped} 封此前已处理",
    ),
    "letters_stopped": Wording("Stopped after {done}: {why}", "处理 {done} 封后停止：{why}"),
    "topics_ready": Wording("{count} topics stand as in the table", "{count} 个主题已与表一致"),
    "schemas_written": Wording(
        "{count} files written to {folder}", "已写入 {count} 个文件：{folder}"
    ),
    "schemas_fresh": Wording("The published formats are fresh", "已发布的格式是最新的"),
    "schemas_stale": Wording(
        "No longer as the models say: {names}. Run: hongyan schemas export",
        "与模型不一致：{names}。请运行：hongyan schemas export",
    ),
    "healthy": Wording("Everything needed is here", "所需的一切都已就绪"),
    "unhealthy": Wording("Needed and missing: {names}", "缺少必需项：{names}"),
    "starting": Wording("Starting on {folder} …", "正在启动，数据目录 {folder} …"),
    "kafka_waited": Wording("Waiting for Kafka at {kafka} …", "正在等待 Kafka {kafka} …"),
    "topics_waited": Wording(
        "The topics cannot be made yet, trying on: {error}", "主题暂时无法创建，继续重试：{error}"
    ),
    "pace_danger": Wording(
        "Pace fast on a real phone: no budgets, no quiet hours. WeChat may limit the account",
        "在真实手机上使用 fast 节奏：没有限额和静默时段，微信可能限制该账号",
    ),
    "all_ready": Wording("Ready in {seconds:.1f} s", "{seconds:.1f} 秒后就绪"),
    "next": Wording("Try", "试一试"),
    "next_say": Wording("a friend writes", "朋友发来消息"),
    "next_tail": Wording("follow the topics", "查看消息流"),
    "next_truth": Wording("what really left the phone", "手机上真正发出的内容"),
    "next_screen": Wording("the phone, to look at and to touch", "查看并操作手机"),
    "next_stop": Wording(
        "Ctrl-C stops everything; the data stays in {folder}", "Ctrl-C 停止；数据保留在 {folder}"
    ),
    "ready_unwritten": Wording(
        "The ready file cannot be written: {error}. What runs goes on; free some space",
        "无法写入就绪文件：{error}。正在运行的继续运行，请清理磁盘空间",
    ),
    "port_moved": Wording(
        "{name} moves to port {port}: its old one, {old}, is taken",
        "{name} 改用端口 {port}：原端口 {old} 已被占用",
    ),
    "started": Wording("{name} started (pid {pid})", "{name} 已启动（pid {pid}）"),
    "ready": Wording("{name} is ready", "{name} 已就绪"),
    "died": Wording("{name} ended ({how}), starting it again", "{name} 已退出（{how}），正在重启"),
    "keeps_failing": Wording(
        "{name} has failed {times} times in a row ({how}): {last}",
        "{name} 已连续失败 {times} 次（{how}）：{last}",
    ),
    "slow": Wording("still waiting for: {names}", "仍在等待：{names}"),
    "stopping": Wording("Stopping …", "正在停止 …"),
    "stopped": Wording("Everything has stopped; nothing is lost", "已全部停止，没有丢失"),
    "killed": Wording(
        "{name} did not stop in time and was killed", "{name} 未能及时停止，已被强制结束"
    ),
}


def language() -> str:
    """`zh` or `en`: HONGYAN_LANGUAGE, else the locale."""
    # Messages are needed before, and when, settings cannot be read.
    names = ("HONGYAN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "")  # noqa: TID251  # as above
    return "zh" if chosen.lower().startswith("zh") else "en"


def sentence(name: str, /, **fields: object) -> str:
    """The sentence in the reader's language."""
    wording = CATALOGUE[name]
    return (wording.chinese if language() == "zh" else wording.english).format(**fields)


def sentences(name: str, /, **fields: object) -> list[str]:
    """The sentence in both languages, the reader's first."""
    wording = CATALOGUE[name]
    return in_order(wording.english.format(**fields), wording.chinese.format(**fields))


def in_order(english: str, chinese: str) -> list[str]:
    """Both lines, the reader's language first."""
    return [chinese, english] if language() == "zh" else [english, chinese]


def parted(text: str) -> list[str]:
    """A text written as `English；Chinese` (`hongyan.program.CannotStart`) as lines in order."""
    english, mark, chinese = text.partition("；")
    return in_order(english, chinese) if mark else [text]
