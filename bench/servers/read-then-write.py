"""The way an upload is often taken: the whole body read into memory, split at its boundary, then written.
Python's standard library only; `read-then-write.py <directory>`."""
import http.server
import os
import re
import sys

root = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        boundary = b"--" + re.search("boundary=(.+)", self.headers["Content-Type"]).group(1).encode()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for number, part in enumerate(body.split(boundary)[1:-1]):
            _, content = part.split(b"\r\n\r\n", 1)
            with open(os.path.join(root, f"{number}.png"), "wb") as file:
                file.write(content[:-2])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("listening", server.server_address[1], flush=True)
server.serve_forever()
