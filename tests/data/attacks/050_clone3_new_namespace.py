import ctypes
libc = ctypes.CDLL(None, use_errno=True)
r = libc.syscall(435, ctypes.create_string_buffer(88), 88)
print(3 if r >= 0 or ctypes.get_errno() != 38 else 0)
