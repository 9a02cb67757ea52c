"""
Lets the real `ClientApp` get its tokens from the Globus Auth of the service on http://localhost:5000: prints a line of
JSON with what it has seen.
"""

import json
import os
import time

import globus_sdk
from globus_compute_sdk import Client
from globus_compute_sdk.errors import TaskPending

ENDPOINT = os.environ["COMPUTE_ENDPOINT_ID"]
DEADLINE_S = 60

client = Client(local_compute_services=True)  # The credentials are in the environment, as a service account has them.
function_id = client.register_source_code("def double(x):\n    return 2 * x\n", "double")


def call():
    task_id = client.run(21, endpoint_id=ENDPOINT, function_id=function_id)
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        try:
            return client.get_result(task_id)
        except TaskPending:
            time.sleep(0.05)
    raise TimeoutError(task_id)


def tokens():
    data = client.app.token_storage.get_token_data_by_resource_server()
    return {server: entry.access_token for server, entry in data.items()}


first = {"app": type(client.app).__name__, "result": call(), "servers": sorted(tokens())}
old = tokens()["funcx_service"]
print(json.dumps(first), flush=True)
input()  # The service ends all tokens meanwhile.
second = {"result": call(), "isNewToken": tokens()["funcx_service"] != old}
print(json.dumps(second), flush=True)
taken = tokens()["funcx_service"]
client.logout()
stale = Client(
    local_compute_services=True, do_version_check=False, authorizer=globus_sdk.AccessTokenAuthorizer(taken)
)
try:
    stale.get_endpoints()
    status = 200
except globus_sdk.GlobusAPIError as error:
    status = error.http_status
print(json.dumps({"tokensLeft": len(tokens()), "statusOfRevoked": status}), flush=True)
