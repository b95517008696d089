"""A receiver that acknowledges everything and counts who sent it: `python -m tests.load.peers ADDRESS PORT`.

Says so in one line of JSON, a count by address, once its input ends.
"""

import json
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sent = Counter()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        sent[self.client_address[0]] += 1
        self.send_response_only(204)
        self.end_headers()

    def log_message(self, *_):
        """Nothing."""


def main(address, port):
    server = ThreadingHTTPServer((address, int(port)), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    print(json.dumps(sent), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
