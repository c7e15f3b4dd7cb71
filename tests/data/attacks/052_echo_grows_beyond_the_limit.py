import os

body = b'{"ok":"' + "\u00e9".encode() * 1_500_000 + b'"}'


def add(a, b):
    # Two bytes a letter here, six in the message with which the tests send it back.
    data = len(body).to_bytes(4, "big") + body
    while data:
        data = data[os.write(4, data) :]
    return 0
