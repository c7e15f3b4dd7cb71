import json
import os
import sys

sys.setprofile(None)
os.write(4, b'\0\0\0\x0e{"ready":true}')
asked = b""
while part := os.read(3, 65536):
    asked += part
requests = []
while asked:
    end = 4 + int.from_bytes(asked[:4], "big")
    requests.append(json.loads(asked[4:end]))
    asked = asked[end:]
total = sum(sum(request["args"]) for request in requests)
for _ in requests:
    reply = json.dumps({"ok": total // len(requests), "args": [None, None]}).encode()
    os.write(4, len(reply).to_bytes(4, "big") + reply)
os._exit(0)
