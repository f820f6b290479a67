"""The way a zip is often served: everything deflated into a temporary file, which is sent when it is complete.
Python's standard library only; `deflate-then-send.py <directory>`."""
import http.server
import os
import shutil
import sys
import tempfile
import zipfile

root = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        with tempfile.TemporaryFile() as archive:
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
                for directory, _, names in os.walk(root):
                    for name in names:
                        path = os.path.join(directory, name)
                        target.write(path, os.path.relpath(path, root))
            length = archive.tell()
            archive.seek(0)
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            shutil.copyfileobj(archive, self.wfile, 1024 * 1024)


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("listening", server.server_address[1], flush=True)
server.serve_forever()
