import json, os, struct
def frame(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body
os.write(4, frame({'ready': True}))
for kind in ('SystemExit', 'KeyboardInterrupt', 'StopIteration', 'AssertionError', 'eval', '__import__'):
    os.write(4, frame({'raised': {'type': kind, 'name': kind, 'message': '0', 'line': 'x'}}))
import time; time.sleep(0.3)
os._exit(0)
