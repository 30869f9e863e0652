"""The error answers of the uiautomator2 server."""

_NOT_FOUND = "androidx.test.uiautomator.UiObjectNotFoundException"


class RpcFailure(Exception):
    """An error answer: JSON-RPC code, the Java class as message, a stack trace as data."""

    def __init__(self, code: int, message: str, data: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data or f"{message}\n\tat com.wetest.uia2.stub.AutomatorServiceImpl"


def not_found(wanted: object) -> RpcFailure:
    """The answer where nothing on the screen is what was asked for."""
    return RpcFailure(-32001, _NOT_FOUND, f"{_NOT_FOUND}: UiSelector{wanted}")


def invalid(why: str) -> RpcFailure:
    """The answer to parameters that a method does not take."""
    return RpcFailure(-32602, "method parameters invalid", why)
