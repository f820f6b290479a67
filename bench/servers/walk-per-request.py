"""The way a listing is often made: the tree walked at every request. Python's standard library only;
`walk-per-request.py <directory>`."""
import http.server
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1])


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        files = []
        total = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
        for path in root.rglob("*"):
            if path.is_file() and path.suffix in (".png", ".mp4"):
                facts = path.stat()
                files.append({"path": str(path.relative_to(root)), "size": facts.st_size, "modified": facts.st_mtime})
        files.sort(key=lambda file: file["modified"], reverse=True)
        body = json.dumps({"files": files, "total_size": total}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("listening", server.server_address[1], flush=True)
server.serve_forever()
