import json, os, struct
def frame(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body
os.write(4, frame({'ready': True}) + frame({'method': True, 'ok': 3}) * 3)
import time; time.sleep(0.3)
os._exit(0)
