import json, os, struct
def frame(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body
os.write(4, frame({'ready': True}))


def add(a, b):
    return a + b
