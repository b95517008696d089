"""The usual Locust file for this job: one body, signed once, posted by FastHttpUser as fast as answers come."""

import hashlib
import hmac

from locust import FastHttpUser, constant, task

BODY = b'{"event_id": "evt_0123456789", "text": "' + b"x" * 980 + b'"}'
HEADERS = {
    "Content-Type": "application/json",
    "X-Webhook-Signature": hmac.new(b"a key", BODY, hashlib.sha256).hexdigest(),
}


class Stock(FastHttpUser):
    wait_time = constant(0)

    @task
    def deliver(self):
        self.client.post("/hook", data=BODY, headers=HEADERS)
