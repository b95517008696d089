"""The least a receiver in Python can do: read the whole body, answer 200. `/status` says how many it has answered."""

answered = 0


async def app(scope, receive, send):
    global answered
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        continue
    text = b"ok"
    if scope["path"] == "/status":
        text = b"%d" % answered
    else:
        answered += 1
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})
