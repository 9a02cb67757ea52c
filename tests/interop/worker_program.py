"""Runs tasks as the real endpoint's worker does: a line of JSON in for each task, a line of JSON out."""

import json
import sys
import tempfile
import uuid

from globus_compute_common import messagepack
from globus_compute_endpoint.engines.helper import execute_task

RUN_DIRECTORY = tempfile.mkdtemp()

for line in sys.stdin:
    request = json.loads(line)
    task_id = uuid.uuid4()
    task = messagepack.message_types.Task(task_id=task_id, task_buffer=request["taskBuffer"])
    packed = execute_task(
        messagepack.pack(task),
        task_id,
        uuid.uuid4(),
        run_dir=RUN_DIRECTORY,
        result_serializers=request["resultSerializers"],
    )
    result = messagepack.unpack(packed)
    error = result.error_details
    answer = {"data": result.data, "error": error and {"code": error.code, "message": error.user_message}}
    print(json.dumps(answer), flush=True)
