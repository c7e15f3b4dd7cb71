import json, os, struct
def frame(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body
os.write(4, frame([1, 2]) + frame('ready') + frame(None))
import time; time.sleep(0.3)
os._exit(0)
