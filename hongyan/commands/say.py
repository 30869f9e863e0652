"""`hongyan say`: a simulated friend writes."""

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("chat")
@click.argument("text")
@click.option("--sender", help="Who writes; default: the chat's title.")
@click.option("--group", is_flag=True, help="Make the chat a group if it is not there yet.")
@click.option(
    "--sim", metavar="URL", help="The simulated phone; default: the running `hongyan up`."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the running `hongyan up`.",
)
@click.option("--json", "as_json", is_flag=True, help="The simulator's answer as JSON.")
def say(
    *,
    chat: str,
    text: str,
    sender: str | None,
    group: bool,
    sim: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """A friend on the simulated phone writes TEXT in CHAT.

    让模拟手机上的好友在 CHAT 里发送 TEXT。

    A private chat that is not there yet is made.

    \b
    Examples:
      hongyan say 小王 "/echo 你好 🐦"
      hongyan say 家人群 "晚上吃什么？" --group --sender 妈妈
      hongyan say 小王 hello --sim http://127.0.0.1:8600
    """
    from hongyan.cli import fail
    from hongyan.running_stack import find_running
    from hongyan.wording import sentence, sentences

    url = sim or find_running(data, "--sim URL").sim
    if url is None:
        fail(sentences("phone_is_real"))
    if group:
        _make_group(url, chat, sender)
    message = {"chat": chat, "text": text} | ({"sender": sender} if sender else {})
    answer = _post(url, "/messages", message)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo(sentence("said", sender=sender or chat, chat=chat, text=text))


def _make_group(url: str, chat: str, sender: str | None) -> None:
    """Make the group unless a chat of this title is there."""
    import httpx

    from hongyan.cli import fail
    from hongyan.wording import sentences

    members = [sender] if sender else []
    try:
        known = httpx.get(f"{url}/chats", timeout=10, trust_env=False)
    except httpx.TransportError as error:
        fail(sentences("sim_away", url=url, error=error))
    chats = known.json().get("chats", []) if known.status_code == 200 else []
    if not any(entry.get("chat") == chat for entry in chats):
        _post(url, "/chats", {"chat": chat, "kind": "group", "members": members})


def _post(url: str, path: str, body: dict[str, Any]) -> Any:
    import httpx

    from hongyan.cli import fail
    from hongyan.wording import sentences

    try:
        answer = httpx.post(f"{url}{path}", json=body, timeout=10, trust_env=False)
    except httpx.TransportError as error:
        fail(sentences("sim_away", url=url, error=error))
    if answer.is_error:
        fail(sentences("sim_refuses", error=_problem(answer)))
    return answer.json()


def _problem(answer: Any) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    return str(problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}")
