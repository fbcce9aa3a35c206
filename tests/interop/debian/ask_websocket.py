"""Asks with Debian's python3-websockets: ask_websocket.py URL, and on standard input a JSON list of cases.

A case is {"query", "send": [text, or {"bytes": length}], "subprotocols"}. Prints a JSON list: for each the types of the
frames that it was answered with, their codes and the code of its close; or the status of a refusal.
"""

import asyncio
import json
import sys

import websockets


async def ask(url: str, case: dict) -> dict:
    try:
        socket = await websockets.connect(url + case["query"], subprotocols=case["subprotocols"], close_timeout=8)
    except websockets.InvalidStatusCode as refused:
        return {"status": refused.status_code}
    frames = []
    try:
        await socket.recv()  # the welcome
        for message in case["send"]:
            await socket.send(message if isinstance(message, str) else bytes(message["bytes"]))
            frames.append(json.loads(await asyncio.wait_for(socket.recv(), 10)))
        if frames and frames[-1].get("code") == "message-too-large":
            await asyncio.wait_for(socket.recv(), 10)
        await socket.close(1000, "enough")
    except websockets.ConnectionClosed:
        pass
    return {
        "types": [frame["type"] for frame in frames],
        "codes": [frame["code"] for frame in frames if "code" in frame],
        "close": socket.close_code,
    }


async def main() -> None:
    cases = json.load(sys.stdin)
    print(json.dumps(await asyncio.gather(*(ask(sys.argv[1], case) for case in cases))))


asyncio.run(main())
