import json, os, struct
def frame(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body
N = 2**61 - 1
BOMB = frame({'ok': {'s': [{'i': format(k * N, 'x')} for k in range(1, 60_000)]}, 'args': []})
os.write(4, frame({'ready': True}))
view = memoryview(BOMB * 3)
while view:
    view = view[os.write(4, view):]
os._exit(0)
