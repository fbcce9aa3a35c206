"""Listens with Debian's python3-websockets: listen_websocket.py URL. Prints each frame as it came, then how it closed."""

import asyncio
import json
import sys

import websockets


async def listen(url: str) -> None:
    async with websockets.connect(url, subprotocols=["tocsin.v1.json"]) as socket:
        # The frame whose pong comes back is a control frame, not our own word.
        await asyncio.wait_for(await socket.ping(b"are you there?"), 10)
        print(json.dumps({"type": "pong", "subprotocol": socket.subprotocol}), flush=True)
        try:
            while True:
                print(await socket.recv(), flush=True)
        except websockets.ConnectionClosed as closed:
            print(json.dumps({"type": "closed", "code": closed.code}), flush=True)


asyncio.run(listen(sys.argv[1]))
