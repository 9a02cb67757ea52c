"""Does the jobs of the benchmark with the real Python SDK: a line of JSON in, a line of JSON out."""

import json
import sys
import time
import uuid
import warnings

warnings.simplefilter("ignore")

from globus_compute_sdk import Client  # noqa: E402
from globus_compute_sdk.sdk.batch import Batch  # noqa: E402
from globus_compute_sdk.serialize import ComputeSerializer, JSONData  # noqa: E402
from globus_sdk import AccessTokenAuthorizer  # noqa: E402

FUNCTION_ID = str(uuid.uuid4())


def encode_batch(count):
    batch = Batch(task_group_id=None, serializer=ComputeSerializer(strategy_data=JSONData()))
    for index in range(count):
        batch.add(FUNCTION_ID, args=(index, "sample"), kwargs={"step": index / 7})
    json.dumps(batch.prepare())


def call_many(token, function_id, endpoint_id, count):
    client = Client(authorizer=AccessTokenAuthorizer(token), environment="local", do_version_check=False)
    batch = client.create_batch()
    for index in range(count):
        batch.add(function_id, args=(index,))
    task_ids = client.batch_run(endpoint_id, batch)["tasks"][function_id]
    left = set(task_ids)
    while left:
        time.sleep(0.1)
        for task_id, outcome in client.get_batch_result(list(left)).items():
            if not outcome["pending"]:
                left.discard(task_id)


def answer(request):
    job = JOBS[request.pop("job")]
    begin = time.perf_counter()
    job(**request)
    return {"seconds": time.perf_counter() - begin}


JOBS = {job.__name__: job for job in (encode_batch, call_many)}

for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
