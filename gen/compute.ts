// Made from the OpenAPI document by 'deno task generate'. Do not edit.

export interface paths {
    "/v2/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the versions of the service
         * @description Without `service`, or with `service=api`, the answer is the version of the web service as a bare JSON string.
         *     With `service=all` it is an object that also names the oldest client and endpoint versions still accepted.
         *     No token is needed.
         */
        get: operations["get_version_v2_version_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Check that the service answers
         * @description Like the GET on this path, without a body. A cheap sign of life. No token is needed.
         */
        head: operations["get_version_v2_version_head"];
        patch?: never;
        trace?: never;
    };
    "/v2/authenticate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check a token
         * @description Answers 200 if the token in the `Authorization` header is good for this service, and 401 if it is not. Nothing
         *     else happens.
         */
        get: operations["check_authentication_v2_authenticate_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a function
         * @description Stores a function and returns its id. A stored function never changes: register the new code and use the new
         *     id. Registering the same code twice makes two functions.
         */
        post: operations["register_function_v3_functions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a function (old form)
         * @description The older way to store a function. It says `metadata` where the newer route says `meta`, and it can bind the
         *     function to a container. Prefer `POST /v3/functions`.
         */
        post: operations["register_function_v2_functions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/functions/{function_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the function, in lower case.
                 * @example 5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3
                 */
                function_uuid: string;
            };
            cookie?: never;
        };
        /**
         * Read a function
         * @description Returns a stored function with its code. The caller needs the right to use the function.
         */
        get: operations["get_function_v2_functions__function_uuid__get"];
        put?: never;
        post?: never;
        /**
         * Delete a function
         * @description Removes a function. Only its owner can do that, and it cannot be undone.
         */
        delete: operations["delete_function_v2_functions__function_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/endpoints/{endpoint_uuid}/submit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint that shall run the tasks.
                 * @example 4b116d3c-1703-4f8f-9f6f-39921e5864df
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit tasks
         * @description Hands one or many tasks to one endpoint. The body groups the task payloads by function. The answer groups the
         *     task ids in the same way, and within a function they keep the order of the request.
         *
         *     If the endpoint has to start a user endpoint for this request and that fails, for example over a value in
         *     `user_endpoint_config`, the answer is 422 and no task exists. So this call can take longer than others.
         *
         *     There is no idempotency key. A repeated request makes new tasks.
         */
        post: operations["submit_batch_v3_endpoints__endpoint_uuid__submit_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit tasks (old form)
         * @description The older way to submit. Each task names its own function and endpoint, so one request can reach several
         *     endpoints. It knows neither result formats nor endpoint options. Prefer the submission under `/v3`.
         *
         *     The results of the answer are in the order of the tasks. A single task can be refused while others are taken:
         *     look at each entry.
         */
        post: operations["submit_batch_v2_submit_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/tasks/{task_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the state and the outcome of a task
         * @description Returns where the task stands and, once it has finished, its result or exception. Keys that do not apply are
         *     left out; they are never null.
         *
         *     A finished task may be gone after the first answer that carried its outcome. A task of somebody else looks
         *     like one that does not exist.
         */
        get: operations["get_task_status_and_result_v2_tasks__task_uuid__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/batch_status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the state and the outcome of many tasks
         * @description The same as asking for each task alone, in one request. It changes no task, but results are read once here
         *     too. An id that is unknown, or that belongs to somebody else, is no error of the request: it gets an entry
         *     with the status `Failed` and a `reason`.
         */
        post: operations["get_batch_status_v2_batch_status_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/taskgroup/{task_group_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tasks of a task group
         * @description Returns the ids of all tasks that were submitted under this group. With them a program can pick up its work
         *     after a restart. The answer says nothing about the state of the tasks.
         */
        get: operations["get_task_group_tasks_v2_taskgroup__task_group_uuid__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/get_amqp_result_connection_url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get access to the result queues
         * @description Returns where and how to read results over AMQP as they arrive. Every call makes a new password. Connections
         *     that are already open stay open. The access is good for reading the caller's own queues only.
         *
         *     The queue of a task group is named `queue_prefix` followed by the id of the group. It exists once a submission
         *     for that group has set `create_queue`. Each message holds one result: the byte `0x01`, then a JSON object with
         *     `message_type` (`result`) and `data`. For high assurance endpoints the message is only a notice, marked by the
         *     header `high_assurance`; fetch the result by its task id then.
         */
        get: operations["get_user_specific_result_amqp_url_v2_get_amqp_result_connection_url_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List endpoints
         * @description Lists the endpoints that the caller has to do with. The list holds no states; ask for the status of each one
         *     that matters.
         */
        get: operations["get_endpoints_v2_endpoints_get"];
        put?: never;
        /**
         * Register an endpoint (old form)
         * @deprecated
         * @description Makes an endpoint known under an id that the caller has chosen, or registers a known one again. Use
         *     `POST /v3/endpoints` and `PUT /v3/endpoints/{endpoint_uuid}` instead.
         */
        post: operations["register_endpoint_v2_endpoints_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/endpoints/{endpoint_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        /**
         * Read the details of an endpoint
         * @description Returns what the endpoint told about itself when it registered. For a manager this holds the template, and
         *     perhaps the JSON schema, of the options that a submission can set in `user_endpoint_config`.
         */
        get: operations["get_endpoint_v2_endpoints__endpoint_uuid__get"];
        put?: never;
        post?: never;
        /**
         * Delete an endpoint (old form)
         * @deprecated
         * @description Removes an endpoint for good. Use the DELETE under `/v3` instead.
         */
        delete: operations["delete_endpoint_v2_endpoints__endpoint_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/endpoints/{endpoint_uuid}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read whether an endpoint is online
         * @description Tells whether the endpoint is connected, judged by its heartbeats. Tasks can be submitted to an endpoint that
         *     is offline; they wait.
         */
        get: operations["get_endpoint_status_v2_endpoints__endpoint_uuid__status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/endpoints/{endpoint_uuid}/lock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop an endpoint and lock it (old form)
         * @description The same as the lock under `/v3`, except that the end of the lock is written as a date. Send no body.
         */
        post: operations["lock_endpoint_v2_endpoints__endpoint_uuid__lock_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a new endpoint
         * @description Makes a new endpoint known and returns its id, together with the queues it shall use. The endpoint program
         *     calls this at its first start and keeps the id. Later starts use the PUT.
         *
         *     The queues exist when the answer arrives; the endpoint declares none. The answer holds passwords.
         */
        post: operations["register_endpoint_v3_endpoints_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/endpoints/{endpoint_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        get?: never;
        /**
         * Register a known endpoint again
         * @description Called by the endpoint program at every start but the first. It replaces the stored details and returns fresh
         *     access to the queues. Flags that were settled when the endpoint was made cannot be changed this way.
         */
        put: operations["update_endpoint_v3_endpoints__endpoint_uuid__put"];
        post?: never;
        /**
         * Delete an endpoint
         * @description Removes an endpoint for good and cuts its connection if it is online. Only the owner can do that. The id
         *     cannot be brought back; a new endpoint gets a new one.
         */
        delete: operations["delete_endpoint_v3_endpoints__endpoint_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/endpoints/{endpoint_uuid}/lock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop an endpoint and lock it
         * @description Takes the endpoint's access to the queues away, so that a running endpoint loses its connection and stops, and
         *     refuses to register it again until the lock ends. Send no body.
         */
        post: operations["lock_endpoint_v3_endpoints__endpoint_uuid__lock_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/endpoints/{endpoint_uuid}/allowed_functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the functions an endpoint runs
         * @description Tells whether the endpoint is bound to a fixed list of functions, and if so, which they are.
         */
        get: operations["get_endpoint_allowlist_v3_endpoints__endpoint_uuid__allowed_functions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/endpoints/{endpoint_uuid}/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at the user endpoints of a manager
         * @description Lists the user endpoints that a manager has started, with their load, nodes and engine. The figures come from
         *     their heartbeats. Only the owner of the manager gets them, and the manager needs a Globus subscription.
         */
        get: operations["get_endpoint_console_info_v3_endpoints__endpoint_uuid__console_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/endpoints/{endpoint_uuid}/subscription-admin-verified": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Mark an endpoint as belonging to an organization
         * @description Sets or clears the mark that the organization stands behind this endpoint. The endpoint must belong to an
         *     active Globus subscription, and the caller must be an administrator of that subscription. The mark stays when
         *     that person leaves.
         */
        put: operations["verify_endpoint_organization_v3_endpoints__endpoint_uuid__subscription_admin_verified_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/containers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a container image
         * @description Makes an existing image known and returns an id for it. The image itself stays where it is.
         */
        post: operations["register_container_v2_containers_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/containers/build": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Build a container image
         * @description Asks for a new image with the given packages. The answer comes at once and the build goes on; ask for its
         *     status. Not every caller may build.
         */
        post: operations["build_container_v2_containers_build_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/containers/build/{container_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how far a build is
         * @description Returns the state of the build. It is finished at `ready` or `failed`.
         */
        get: operations["get_container_build_status_v2_containers_build__container_uuid__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/containers/{container_uuid}/{container_type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the details of a container
         * @description Returns what is known about a container for one runtime.
         */
        get: operations["get_container_status_v2_containers__container_uuid___container_type__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What to report the version of: the web service (`api`) or everything (`all`).
         * @enum {string}
         */
        VersionService: "api" | "all";
        /** @description The versions of the service and the oldest programs it still talks to. */
        ComputeVersionResponse: {
            /**
             * @description Version of the web service.
             * @example 1.0.43
             */
            api: string;
            /**
             * @description Oldest Python client that is still accepted.
             * @example 2.3.0
             */
            min_sdk_version?: string;
            /**
             * @description Oldest endpoint program that is still accepted.
             * @example 2.3.0
             */
            min_ep_version?: string;
            /** @description Commit that the web service was built from, in hex. */
            git_sha?: string;
            /** @description Version of the service that builds containers, if there is one. */
            container_service?: string;
        };
        /**
         * RegisterFunctionRequest
         * @description A function to store. Unless `group`, `public` or `ha_endpoint_id` says otherwise, only its owner can use it.
         */
        compute_web_service__schemas__v3__function__RegisterFunctionRequest: {
            /**
             * @description A name for people. It need not be unique.
             * @example add
             */
            function_name: string;
            /**
             * @description The code. By default one packed value: its length in code points, a line feed, then the value with its
             *     format id. With `serialized: false`, plain Python source.
             * @example 39
             *     st
             *     add:def add(a, b):
             *         return a + b
             */
            function_code: string;
            /** @description What the function does, for people. */
            description?: string;
            /** @description Where the code comes from. */
            meta: components["schemas"]["compute_web_service__schemas__v3__function__RegisterFunctionMetadata"];
            /**
             * Format: uuid
             * @description Id of a Globus group. Its members may use the function.
             */
            group?: string;
            /**
             * @description Whether everybody with a login may use the function.
             * @default false
             */
            public?: boolean;
            /**
             * Format: uuid
             * @description Id of a high assurance endpoint. The function runs there and nowhere else. It cannot be shared, so this
             *     goes with neither `group` nor `public`.
             */
            ha_endpoint_id?: string;
            /**
             * @description Whether `function_code` is already packed. If false, it is plain source and the service packs it. Left out,
             *     it means true.
             * @default true
             */
            serialized?: boolean;
        };
        /**
         * RegisterFunctionMetadata
         * @description Where the code comes from. Callers without Python name the versions that the code is meant for.
         */
        compute_web_service__schemas__v3__function__RegisterFunctionMetadata: {
            /**
             * @description Python version the code was written with.
             * @example 3.12.7
             */
            python_version: string;
            /**
             * @description Version of the client library the code was written with.
             * @example 4.19.0
             */
            sdk_version: string;
            /**
             * @description The two-character format id of the code, without the line feed. Send it whenever the code is packed.
             * @example st
             */
            serde_identifier?: string;
        };
        /**
         * RegisterFunctionResponse
         * @description The stored function.
         */
        compute_web_service__schemas__v3__function__RegisterFunctionResponse: {
            /**
             * Format: uuid
             * @description Id of the function, to be used in submissions.
             */
            function_uuid: string;
            /** @description A text to show to the user, about the rules of high assurance endpoints. Often missing. */
            ha_warning?: string;
        };
        /**
         * RegisterFunctionRequest
         * @description A function to store, in the older form.
         */
        compute_web_service__schemas__v2__function__RegisterFunctionRequest: {
            /**
             * @description A name for people. It need not be unique.
             * @example add
             */
            function_name: string;
            /**
             * @deprecated
             * @description Out of use. Leave it out.
             */
            entry_point?: string;
            /**
             * @description The code, as one packed value.
             * @example 39
             *     st
             *     add:def add(a, b):
             *         return a + b
             */
            function_code: string;
            /** @description What the function does, for people. */
            description?: string;
            /** @description Where the code comes from. */
            metadata?: components["schemas"]["compute_web_service__schemas__v2__function__RegisterFunctionMetadata"];
            /**
             * Format: uuid
             * @description Id of a container to run the function in.
             */
            container_uuid?: string;
            /**
             * Format: uuid
             * @description Id of a Globus group. Its members may use the function.
             */
            group?: string;
            /**
             * @description Whether everybody with a login may use the function.
             * @default false
             */
            public?: boolean;
        };
        /**
         * RegisterFunctionMetadata
         * @description Where the code comes from.
         */
        compute_web_service__schemas__v2__function__RegisterFunctionMetadata: {
            /**
             * @description Python version the code was written with.
             * @example 3.12.7
             */
            python_version?: string;
            /**
             * @description Version of the client library the code was written with.
             * @example 4.19.0
             */
            sdk_version?: string;
        };
        /**
         * RegisterFunctionResponse
         * @description The stored function.
         */
        compute_web_service__schemas__v2__function__RegisterFunctionResponse: {
            /**
             * Format: uuid
             * @description Id of the function, to be used in submissions.
             */
            function_uuid: string;
        };
        /** @description A stored function with its code. */
        Function: {
            /**
             * Format: uuid
             * @description Id of the function.
             */
            function_uuid: string;
            /** @description The name it was registered with. */
            function_name?: string;
            /** @description What the function does, for people. */
            description?: string;
            /**
             * @description The code, as one packed value. Old functions can be in any of the formats.
             * @example 39
             *     st
             *     add:def add(a, b):
             *         return a + b
             */
            function_code: string;
            /** @description Where the code comes from. */
            metadata: components["schemas"]["FunctionMetadata"];
        };
        /** @description Where the code of a stored function comes from. The format id is not repeated here; see the code. */
        FunctionMetadata: {
            /**
             * @description Python version the code was written with.
             * @example 3.12.7
             */
            python_version?: string;
            /**
             * @description Version of the client library the code was written with.
             * @example 4.19.0
             */
            sdk_version?: string;
        };
        /** @description The answer to a deletion. */
        DeleteFunctionResponse: {
            /**
             * @description A number in the manner of a status code, 302 as a rule. It says no more than the HTTP status.
             * @example 302
             */
            result: number;
        };
        /**
         * BatchSubmitRequest
         * @description One or many tasks for one endpoint. All of them share the options below.
         */
        compute_web_service__schemas__v3__tasks__BatchSubmitRequest: {
            /**
             * Format: uuid
             * @description Id of a task group that earlier tasks made. Left out, a new group is made. Do not invent an id: an unknown
             *     one can be refused or replaced.
             */
            task_group_id?: string;
            /**
             * @description Values for the template of the endpoint, by name. Which names there are is up to the endpoint; see its
             *     `user_config_template` and `user_config_schema`. Submissions with equal values share a user endpoint.
             * @example {
             *       "account": "climate-42",
             *       "walltime": "00:30:00"
             *     }
             */
            user_endpoint_config?: {
                [key: string]: unknown;
            };
            /** @description Nodes and ranks of each task, for endpoints that run MPI programs. */
            resource_specification?: components["schemas"]["ResourceSpecification"];
            /**
             * @description Whether to copy the results to an AMQP queue of the task group. They stay available over HTTP as well.
             * @default false
             */
            create_queue?: boolean;
            /**
             * @description The task payloads, grouped by function. Each key is the id of a function in lower case, each string in its
             *     list is one task: the packed list of positional arguments, then the packed object of keyword arguments.
             * @example {
             *       "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3": [
             *         "11\n11\n[20, 22]5\n11\n{}"
             *       ]
             *     }
             */
            tasks: {
                [key: string]: string[];
            };
            /** @description What the caller runs on. Leave it out to run in the environment of the endpoint. */
            user_runtime?: components["schemas"]["UserRuntime"];
            /**
             * @description Import paths of Python classes that write the result. The worker tries them in order and takes the first
             *     that works. There is no further fallback: if none works, the task fails. Left out, the result is a pickle.
             * @example [
             *       "globus_compute_sdk.serialize.JSONData"
             *     ]
             */
            result_serializers?: string[];
        };
        /**
         * BatchSubmitResponse
         * @description The tasks that were made.
         */
        compute_web_service__schemas__v3__tasks__BatchSubmitResponse: {
            /**
             * @description Names this submission when you ask for help. A UUID.
             * @example 2ab90d4f-e8c1-4765-b3a0-9d51f7e6048c
             */
            request_id: string;
            /**
             * Format: uuid
             * @description Id of the group that the tasks belong to.
             */
            task_group_id: string;
            /**
             * Format: uuid
             * @description Id of the endpoint that the tasks go to.
             */
            endpoint_id: string;
            /**
             * @description The task ids, grouped by function and in the order of the payloads in the request.
             * @example {
             *       "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3": [
             *         "8d2e7f10-3c4b-4a96-8b5d-71f09e6ac2d4"
             *       ]
             *     }
             */
            tasks: {
                [key: string]: string[];
            };
            /** @description A text to show to the user, about the rules of high assurance endpoints. Often missing. */
            ha_warning?: string;
        };
        /** @description The room that an MPI program needs. Other engines may refuse tasks that carry this. */
        ResourceSpecification: {
            /**
             * @description Number of nodes.
             * @example 2
             */
            num_nodes: number;
            /**
             * @description Number of MPI ranks on each node.
             * @example 4
             */
            ranks_per_node?: number;
            /**
             * @description Number of MPI ranks on all nodes together.
             * @example 8
             */
            num_ranks?: number;
            /**
             * @description Options for the MPI launcher, as they stand on its command line.
             * @example --cpu-bind cores
             */
            launcher_options?: string;
        };
        /**
         * @description What the caller runs on. Endpoints can use it to build an environment that fits: they install the client
         *     version named here for the Python version named here. So these are requests more than facts. A caller without
         *     Python leaves out what it does not need.
         */
        UserRuntime: {
            /**
             * @description A released version of the Python client. Anything else keeps the user endpoint from starting.
             * @example 4.19.0
             */
            globus_compute_sdk_version?: string;
            /**
             * @description Version of the Globus SDK for Python.
             * @example 4.9.1
             */
            globus_sdk_version?: string;
            /**
             * @deprecated
             * @description Long version text of Python. Use `python` instead.
             */
            python_version?: string;
            /** @description The Python to run with. */
            python?: components["schemas"]["PythonInfo"];
            /** @description The machine of the caller. */
            platform?: components["schemas"]["PlatformInfo"];
        };
        /** @description A Python interpreter. Never send null for it; leave it out. */
        PythonInfo: {
            /**
             * @description Version as three numbers with dots.
             * @example 3.12.7
             */
            version?: string;
            /**
             * @description The same version as three numbers. Endpoints choose the interpreter by it.
             * @example [
             *       3,
             *       12,
             *       7
             *     ]
             */
            version_tuple?: [
                number,
                number,
                number
            ];
            /**
             * @description The version in five parts: major, minor, micro, release level, serial.
             * @example [
             *       3,
             *       12,
             *       7,
             *       "final",
             *       0
             *     ]
             */
            version_info?: [
                number,
                number,
                number,
                string,
                number
            ];
            /** @description Long version text, with the compiler and the date of the build. */
            version_description?: string;
            /**
             * @description Name of the implementation.
             * @example CPython
             */
            implementation?: string;
            /**
             * @description Compiler that Python was built with.
             * @example GCC 13.2.0
             */
            compiler?: string;
        };
        /** @description The machine of the caller, in the words of Python's `platform` module. */
        PlatformInfo: {
            /**
             * @description Word size and binary format.
             * @example [
             *       "64bit",
             *       "ELF"
             *     ]
             */
            architecture?: [
                string,
                string
            ];
            /**
             * @description Type of the machine.
             * @example x86_64
             */
            machine?: string;
            /**
             * @description Name of the machine in the network.
             * @example login03
             */
            node?: string;
            /**
             * @description System, version and machine in one text.
             * @example Linux-6.8.0-45-generic-x86_64-with-glibc2.39
             */
            platform?: string;
            /**
             * @description Name of the processor.
             * @example x86_64
             */
            processor?: string;
            /**
             * @description Release of the operating system.
             * @example 6.8.0-45-generic
             */
            release?: string;
        };
        /**
         * BatchSubmitRequest
         * @description One or many tasks, each for an endpoint of its own.
         */
        compute_web_service__schemas__v2__task__BatchSubmitRequest: {
            /**
             * Format: uuid
             * @description Id of a task group that earlier tasks made. Left out, a new group is made.
             */
            task_group_id?: string;
            /**
             * @description Whether to copy the results to a queue of the task group. Version 3 calls it `create_queue`.
             * @default true
             */
            create_websocket_queue?: boolean;
            /** @description One entry per task: function id, endpoint id, task payload. */
            tasks: [
                string,
                string,
                string
            ][];
        };
        /**
         * BatchSubmitResponse
         * @description The tasks that were made, and those that were refused.
         */
        compute_web_service__schemas__v2__task__BatchSubmitResponse: {
            /**
             * @description A word about the whole request. Look at the entries instead.
             * @example success
             */
            response: string;
            /**
             * Format: uuid
             * @description Id of the group that the tasks belong to.
             */
            task_group_id?: string;
            /** @description One entry per task, in the order of the request. */
            results: (components["schemas"]["BatchSubmitResponseTask"] | string)[];
        };
        /** @description What became of one task of a submission. */
        BatchSubmitResponseTask: {
            /**
             * @description Whether the task was taken. The case of the letters varies.
             * @example success
             */
            status: string;
            /**
             * Format: uuid
             * @description Id of the task.
             */
            task_uuid: string;
            /**
             * @description The status code that this task alone would have got.
             * @example 200
             */
            http_status_code: number;
            /** @description Why the task was refused. Missing if it was not. */
            reason?: string;
        };
        /**
         * @description Where a task stands. Only `success` and `failed` are final. The case of the letters varies, so compare without
         *     it, and take every other word, also an unknown one, as not finished yet.
         *
         *     | status | meaning |
         *     |---|---|
         *     | `received` | the service has the task |
         *     | `waiting-for-ep` | it waits in the service for the endpoint |
         *     | `waiting-for-nodes` | it is at the endpoint, which waits for the scheduler |
         *     | `waiting-for-launch` | it is at the endpoint and will start soon |
         *     | `execution-start`, `running` | it runs |
         *     | `execution-end` | the function has returned, the result is on its way |
         *     | `result-received`, `result-enqueued` | the service has the result and is passing it on |
         *     | `success` | finished with a result |
         *     | `failed` | finished with an exception |
         *
         *     Words that start with `action-provider-` belong to tasks started from Globus Flows.
         * @example waiting-for-ep
         * @example success
         * @example failed
         */
        TaskStatus: string;
        /**
         * @description The state of a task. `result` comes with `success`, `exception` with `failed`, and `completion_t` with both.
         *     A key that does not apply is left out, never null.
         */
        TaskStatusResponse: {
            /**
             * Format: uuid
             * @description Id of the task, the one that was asked for.
             */
            task_id: string;
            status?: components["schemas"]["TaskStatus"];
            /**
             * @description The result: one value with its format id, not packed.
             * @example 11
             *     42
             */
            result?: string;
            /**
             * @description When the service got the outcome, in seconds since 1970 (UTC), as a string with a decimal point.
             * @example 1790000004.118204
             */
            completion_t?: string;
            /** @description Why the task failed. Plain text, mostly a Python traceback. */
            exception?: string;
            /** @description The environment the task ran in. All of it is optional and there may be more. */
            details?: {
                /** @description System, version and machine of the worker in one text. */
                os?: string;
                /** @description Python version of the worker. */
                python_version?: string;
                /** @description Version of the pickle library of the worker. */
                dill_version?: string;
                /** @description Version of the client library on the worker. */
                globus_compute_sdk_version?: string;
                /**
                 * Format: uuid
                 * @description Id of the user endpoint that ran the task. It differs from the id of its manager.
                 */
                endpoint_id?: string;
                /** @description Times of the steps of the task by status, in seconds since 1970 (UTC). */
                task_transitions?: {
                    [key: string]: number;
                };
            } & {
                [key: string]: unknown;
            };
        };
        /** @description The tasks to look up. */
        BatchStatusRequest: {
            /** @description Ids of the tasks. A larger number is better split; parts of 128 are a good size. */
            task_ids: string[];
        };
        /** @description The states of many tasks. */
        BatchStatusResponse: {
            /**
             * @description Always the word `batch`.
             * @example batch
             */
            response: string;
            /** @description One entry per task, by task id. */
            results: {
                [key: string]: components["schemas"]["BatchStatusResponseResults"];
            };
        };
        /** @description The state of one of many tasks. A key that does not apply is left out, never null. */
        BatchStatusResponseResults: {
            /**
             * Format: uuid
             * @description Id of the task.
             */
            task_id: string;
            status?: components["schemas"]["TaskStatus"];
            /**
             * @description The result: one value with its format id, not packed.
             * @example 11
             *     42
             */
            result?: string;
            /**
             * @description When the service got the outcome, in seconds since 1970 (UTC), as a string with a decimal point.
             * @example 1790000004.118204
             */
            completion_t?: string;
            /** @description Why the task failed. Plain text, mostly a Python traceback. */
            exception?: string;
            /**
             * @description Why there is neither a result nor an exception, for example because the task is unknown.
             * @example Unknown task id
             */
            reason?: string;
        };
        /** @description A task group and its tasks. */
        TaskGroupResponse: {
            /**
             * Format: uuid
             * @description Id of the group, the one that was asked for.
             */
            taskgroup_id: string;
            /** @description Whether the group has a result queue. */
            create_websockets_queue?: boolean;
            /** @description The tasks of the group. */
            tasks: components["schemas"]["TaskGroupResponseTask"][];
        };
        /** @description A task in a list. */
        TaskGroupResponseTask: {
            /**
             * Format: uuid
             * @description Id of the task.
             */
            id: string;
            /**
             * Format: date-time
             * @description When the task was submitted. If no time zone is given, read it as UTC.
             */
            created_at: string;
        };
        /** @description Access to the caller's result queues. */
        ResultAmqpUrlResponse: {
            /** @description Start of the queue names. Append the id of the task group, with nothing in between. */
            queue_prefix: string;
            /**
             * Format: uri
             * @description AMQP URL with user name and password; keep it secret. The broker also answers on the ports 443, 5671 and
             *     5672.
             */
            connection_url: string;
        };
        /** @description An endpoint in a list. */
        EndpointListResponseEntry: {
            /**
             * Format: uuid
             * @description Id of the endpoint.
             */
            uuid: string;
            /**
             * @description Name of the endpoint on its own machine.
             * @example lab-server
             */
            name: string;
            /**
             * @description Name for people.
             * @example Lab server, room 2.14
             */
            display_name: string;
            /**
             * Format: uuid
             * @description Id of the Globus identity that registered the endpoint.
             */
            owner: string;
        };
        /** @description An endpoint, as it described itself when it registered. */
        Endpoint: {
            /**
             * Format: uuid
             * @description Id of the endpoint.
             */
            uuid: string;
            /**
             * @description Name of the endpoint on its own machine.
             * @example lab-server
             */
            name: string;
            /**
             * @description Name for people.
             * @example Lab server, room 2.14
             */
            display_name: string;
            /** @description Whether the endpoint maps different users to different local accounts. */
            multi_user: boolean;
            /** @description Whether the endpoint keeps the rules for protected data. */
            high_assurance: boolean;
            /** @description Whether everybody can find the endpoint. It does not mean that everybody can use it. */
            public: boolean;
            /**
             * @deprecated
             * @description Out of use; see `endpoint_config`.
             */
            config?: Record<string, unknown>;
            /** @description Text of the configuration file of the endpoint, YAML. */
            endpoint_config?: string;
            /** @description Jinja template of the configuration of user endpoints. Its variables are set by submissions. */
            user_config_template?: string;
            /** @description JSON schema that the values for the template are checked against. */
            user_config_schema?: {
                [key: string]: unknown;
            };
            /** @description What the endpoint is for, for people. */
            description?: string;
            /** @description Name of the machine. */
            hostname?: string;
            /** @description Name of the local account that the endpoint runs under. */
            local_user?: string;
            /**
             * Format: ipvanyaddress
             * @description Address of the machine, IPv4 or IPv6.
             */
            ip_address?: string;
            /**
             * @description Version of the endpoint program.
             * @example 4.19.0
             */
            endpoint_version?: string;
            /**
             * @description Version of the client library at the endpoint.
             * @example 4.19.0
             */
            sdk_version?: string;
            /**
             * @description Python version of the endpoint.
             * @example 3.12.7
             */
            python_version?: string;
            /**
             * Format: uuid
             * @description Id of the Globus subscription that the endpoint belongs to.
             */
            subscription_uuid?: string;
            /**
             * @description Whether an administrator of the subscription has marked the endpoint as one of the organization.
             * @default false
             */
            subscription_admin_verified?: boolean;
        };
        /** @description Whether an endpoint is online. */
        EndpointStatusResponse: {
            /** @description Figures from the last report of the endpoint, if it sends some. */
            details?: components["schemas"]["EndpointStatusDetails"];
            /**
             * @description `online` or `offline`. Take every other word as offline.
             * @example online
             * @example offline
             */
            status: string;
        };
        /** @description The load of an endpoint. */
        EndpointStatusDetails: {
            /** @description Workers there are. */
            total_workers: number;
            /** @description Workers that have nothing to do. */
            idle_workers: number;
            /** @description Tasks that wait for a worker. */
            pending_tasks: number;
            /** @description Tasks that the endpoint has taken and not answered yet. */
            outstanding_tasks: number;
            /** @description Groups of workers, as a rule one on each node. */
            managers?: number;
        };
        /** @description The functions that an endpoint runs. */
        AllowedFunctionsResponse: {
            /**
             * Format: uuid
             * @description Id of the endpoint.
             */
            endpoint_id: string;
            /** @description If true, the endpoint runs only what `functions` lists. If false, it runs any function. */
            restricted: boolean;
            /** @description Ids of the functions. */
            functions?: string[];
        };
        /** @description The mark that an organization stands behind an endpoint. */
        SubscriptionAdminVerified: {
            /** @description True to set the mark, false to clear it. */
            subscription_admin_verified: boolean;
        };
        /**
         * EndpointLockResponse
         * @description A lock, with its end as a date.
         */
        compute_web_service__schemas__v2__endpoint__EndpointLockResponse: {
            /**
             * Format: uuid
             * @description Id of the endpoint.
             */
            endpoint_id: string;
            /**
             * Format: date-time
             * @description When the lock ends. If no time zone is given, read it as UTC.
             */
            lock_expiration_timestamp: string;
        };
        /**
         * EndpointLockResponse
         * @description A lock, with its end as a number.
         */
        compute_web_service__schemas__v3__endpoints__EndpointLockResponse: {
            /**
             * Format: uuid
             * @description Id of the endpoint.
             */
            endpoint_id: string;
            /**
             * @description When the lock ends, in seconds since 1970 (UTC).
             * @example 1790000600.25
             */
            lock_expiration_timestamp: number;
        };
        /** @description The answer to a deletion. */
        EndpointDeleteResponse: {
            /**
             * @description A number in the manner of a status code, 302 as a rule. It says no more than the HTTP status.
             * @example 302
             */
            result: number;
        };
        /** @description The user endpoints of a manager. */
        ConsoleResponse: {
            /** @description One entry per user endpoint. */
            user_endpoints: components["schemas"]["ConsoleUserEndpointInfo"][];
        };
        /** @description A user endpoint, as its heartbeats describe it. */
        ConsoleUserEndpointInfo: {
            /**
             * Format: uuid
             * @description Id of the user endpoint.
             */
            user_endpoint_id: string;
            /**
             * @description Whether it is running. False once it has said goodbye.
             * @default true
             */
            active?: boolean;
            /** @description Its Python version. */
            python_version?: string;
            /** @description Its version of the endpoint program. */
            endpoint_version?: string;
            /** @description Client versions that tasks for it came from. */
            client_sdk_versions?: string[];
            /** @description Process id on its machine. */
            posix_pid?: number;
            /** @description Local account it runs under. */
            posix_username?: string;
            /**
             * Format: date-time
             * @description When it started, with the offset of its time zone.
             */
            start_time_iso?: string;
            /** @description When it started, in seconds since 1970 (UTC). */
            start_time_unix?: number;
            /** @description When the service handled its last heartbeat, in seconds since 1970 (UTC). */
            last_heartbeat_unix?: number;
            /** @description Workers there are. */
            total_worker_count?: number;
            /** @description Workers that have nothing to do. */
            idle_worker_count?: number;
            /** @description Nodes it holds. */
            total_node_count?: number;
            /** @description Its nodes, by the id of the scheduler job that they belong to. */
            node_info?: {
                [key: string]: components["schemas"]["ConsoleNodeInfo"][];
            };
            /** @description Tasks that run. */
            running_task_count?: number;
            /** @description Tasks that wait. */
            queued_task_count?: number;
            /** @description Tasks that have ended. */
            executed_task_count?: number;
            /**
             * @description Kind of engine that runs the tasks.
             * @example GlobusComputeEngine
             */
            engine_type?: string;
            /**
             * @description Kind of provider that gets the nodes.
             * @example SlurmProvider
             */
            provider_type?: string;
            /** @description Account that the scheduler charges. */
            account?: string;
            /** @description Queue or partition of the scheduler. */
            queue?: string;
            /** @description The whole configuration, YAML. Only there if `include_fields` names it. */
            config?: string;
        };
        /** @description A node of a user endpoint. */
        ConsoleNodeInfo: {
            /** @description Workers on the node. */
            total_worker_count?: number;
            /** @description How long the node has had nothing to do, in seconds. */
            idle_duration_seconds?: number;
            /** @description Python version on the node. */
            python_version?: string;
            /** @description Version of the endpoint program on the node. */
            endpoint_version?: string;
            /** @description Version of the client library on the node. */
            sdk_version?: string;
        };
        /**
         * EndpointRegisterRequest
         * @description An endpoint and the rules for its use.
         */
        compute_web_service__schemas__v3__endpoints__EndpointRegisterRequest: {
            /**
             * @description Name of the endpoint on its own machine. The endpoint program takes up to 128 characters, without spaces,
             *     slashes, backslashes, quotes or a dot at the start.
             * @example lab-server
             */
            endpoint_name: string;
            /**
             * @description Name for people.
             * @example Lab server, room 2.14
             */
            display_name?: string;
            /** @description Version of the endpoint program. Newer programs say it in `metadata` instead. */
            version?: string;
            /**
             * @description Whether the endpoint maps different users to different local accounts.
             * @default false
             */
            multi_user?: boolean;
            /**
             * @description Whether the endpoint keeps the rules for protected data.
             * @default false
             */
            high_assurance?: boolean;
            /** @description Ids of the only functions to run. Left out, any function can run. */
            allowed_functions?: string[];
            /**
             * Format: uuid
             * @description Id of a Globus Auth policy that the login of each user has to meet.
             */
            authentication_policy?: string;
            /**
             * Format: uuid
             * @description Id of the Globus subscription that the endpoint shall belong to.
             */
            subscription_uuid?: string;
            /** @description Ids of Globus identities that may administer the endpoint beside its owner. Needs a subscription. */
            admins?: string[];
            /**
             * @description Whether everybody can find the endpoint. It gives nobody the right to use it.
             * @default false
             */
            public?: boolean;
            metadata: components["schemas"]["EndpointMetadata"];
        };
        /** @description What an endpoint tells about itself and its machine. */
        EndpointMetadata: {
            /**
             * @deprecated
             * @description Out of use; see `endpoint_config`.
             */
            config?: Record<string, unknown>;
            /** @description Text of the configuration file of the endpoint, YAML. */
            endpoint_config?: string;
            /** @description Text of the Jinja template that configures user endpoints. */
            user_config_template?: string;
            /**
             * @description JSON schema that the values for the template are checked against. Endpoint programs that have none send
             *     null here.
             */
            user_config_schema?: {
                [key: string]: unknown;
            };
            /** @description What the endpoint is for, for people. */
            description?: string;
            /**
             * Format: ipvanyaddress
             * @description Address of the machine, IPv4 or IPv6.
             */
            ip_address?: string;
            /** @description Name of the machine. */
            hostname?: string;
            /** @description Name of the local account that the endpoint runs under. */
            local_user?: string;
            /** @description Version of the client library at the endpoint. */
            sdk_version?: string;
            /** @description Version of the endpoint program. */
            endpoint_version?: string;
            /** @description Python version of the endpoint. */
            python_version?: string;
        };
        /** @description A registered plain endpoint, one that takes tasks itself. */
        EndpointRegisterResponse: {
            /**
             * Format: uuid
             * @description Id of the endpoint, to be kept for later starts.
             */
            endpoint_id: string;
            /** @description Where tasks come from. */
            task_queue_info: components["schemas"]["ReadQueueInfo"];
            /** @description Where results go. */
            result_queue_info: components["schemas"]["WriteQueueInfo"];
            /** @description Where heartbeats go. */
            heartbeat_queue_info: components["schemas"]["WriteQueueInfo"];
            /** @description Texts to show to whoever runs the endpoint. */
            warnings?: string[];
        };
        /**
         * @description A registered manager. It starts user endpoints on command and takes no tasks itself. Also managers for one
         *     user only get this answer.
         */
        MultiUserEndpointRegisterResponse: {
            /**
             * Format: uuid
             * @description Id of the manager, to be kept for later starts.
             */
            endpoint_id: string;
            /** @description Where commands come from. */
            command_queue_info: components["schemas"]["ReadQueueInfo"];
            /** @description Where results go. Managers have no use for it. */
            result_queue_info: components["schemas"]["WriteQueueInfo"];
            /** @description Where heartbeats go. */
            heartbeat_queue_info: components["schemas"]["WriteQueueInfo"];
            /** @description Texts to show to whoever runs the endpoint. */
            warnings?: string[];
        };
        /** @description A queue to read from. It exists already. */
        ReadQueueInfo: {
            /**
             * @description AMQP URL with user name and password. Keep it secret.
             * @example amqps://0f6a1d92:s3cr3t@compute.amqps.globus.org
             */
            connection_url: string;
            /** @description Exchange that feeds the queue. */
            exchange: string;
            /** @description Name of the queue. */
            queue: string;
        };
        /** @description A queue to write to, and how. It exists already. */
        WriteQueueInfo: {
            /**
             * @description AMQP URL with user name and password. Keep it secret.
             * @example amqps://0f6a1d92:s3cr3t@compute.amqps.globus.org
             */
            connection_url: string;
            /** @description Exchange to check for at the start. */
            exchange: string;
            /** @description Queue to check for at the start. */
            queue: string;
            queue_publish_kwargs: components["schemas"]["WriteQueuePublishKwargs"];
        };
        /** @description Arguments of each publish. The endpoint passes them to its AMQP library as they are, so there are no others. */
        WriteQueuePublishKwargs: {
            /** @description Exchange to publish to. */
            exchange: string;
            /** @description Routing key of the messages. */
            routing_key: string;
            /** @description Whether the broker shall return a message that no queue takes. */
            mandatory: boolean;
            properties: components["schemas"]["WriteQueuePublishProperties"];
        };
        /** @description Properties of each message. */
        WriteQueuePublishProperties: {
            /**
             * @description 2 for messages that survive a restart of the broker, 1 for others.
             * @example 2
             */
            delivery_mode: number;
        };
        /**
         * EndpointRegisterRequest
         * @description An endpoint and the rules for its use, in the older form.
         */
        compute_web_service__schemas__v2__endpoint__EndpointRegisterRequest: {
            /**
             * @description Name of the endpoint on its own machine.
             * @example lab-server
             */
            endpoint_name: string;
            /** @description Name for people. */
            display_name?: string;
            /**
             * Format: uuid
             * @description Id of the endpoint, chosen by the caller.
             */
            endpoint_uuid: string;
            /** @description Version of the endpoint program. */
            version?: string;
            /**
             * @description Whether the endpoint maps different users to different local accounts.
             * @default false
             */
            multi_user?: boolean;
            /** @description Ids of the only functions to run. Left out, any function can run. */
            allowed_functions?: string[];
            /**
             * Format: uuid
             * @description Id of a Globus Auth policy that the login of each user has to meet.
             */
            authentication_policy?: string;
            metadata?: components["schemas"]["EndpointRegisterMetadata"];
        };
        /** @description What an endpoint tells about itself and its machine, in the older form. */
        EndpointRegisterMetadata: {
            /**
             * @deprecated
             * @description Out of use; see `endpoint_config`.
             */
            config?: Record<string, unknown>;
            /** @description Text of the configuration file of the endpoint, YAML. */
            endpoint_config?: string;
            /** @description Text of the Jinja template that configures user endpoints. */
            user_config_template?: string;
            /** @description JSON schema that the values for the template are checked against. */
            user_config_schema?: {
                [key: string]: unknown;
            };
            /** @description What the endpoint is for, for people. */
            description?: string;
            /** @description Address of the machine. */
            ip_address?: string;
            /** @description Name of the machine. */
            hostname?: string;
            /** @description Name of the local account that the endpoint runs under. */
            local_user?: string;
            /** @description Version of the client library at the endpoint. */
            sdk_version?: string;
            /** @description Version of the endpoint program. */
            endpoint_version?: string;
            /** @description Python version of the endpoint. */
            python_version?: string;
        };
        /** @description A registered plain endpoint, in the older form. There is no queue for heartbeats. */
        EndpointConfig: {
            /**
             * Format: uuid
             * @description Id of the endpoint.
             */
            endpoint_id: string;
            /** @description Where tasks come from. */
            task_queue_info: components["schemas"]["EndpointConfigQueueInfo"];
            /** @description Where results go. */
            result_queue_info: components["schemas"]["EndpointConfigResultQueue"];
            /** @description Texts to show to whoever runs the endpoint. */
            warnings?: string[];
        };
        /** @description A registered manager, in the older form. */
        MultiUserEndpointConfig: {
            /**
             * Format: uuid
             * @description Id of the manager.
             */
            endpoint_id: string;
            /** @description Where commands come from. */
            command_queue_info: components["schemas"]["EndpointConfigQueueInfo"];
            /** @description Texts to show to whoever runs the endpoint. */
            warnings?: string[];
        };
        /** @description A queue to read from. It exists already. */
        EndpointConfigQueueInfo: {
            /** @description AMQP URL with user name and password. Keep it secret. */
            connection_url: string;
            /** @description Exchange that feeds the queue. */
            exchange: string;
            /** @description Name of the queue. */
            queue: string;
        };
        /** @description A queue to write results to, and how. It exists already. */
        EndpointConfigResultQueue: {
            /** @description AMQP URL with user name and password. Keep it secret. */
            connection_url: string;
            /** @description Exchange to check for at the start. */
            exchange: string;
            /** @description Queue to check for at the start. */
            queue: string;
            queue_publish_kwargs: components["schemas"]["EndpointConfigResultQueuePublish"];
        };
        /** @description Arguments of each publish, to be passed on as they are. */
        EndpointConfigResultQueuePublish: {
            /** @description Exchange to publish to. */
            exchange: string;
            /** @description Routing key of the messages. */
            routing_key: string;
            /** @description Whether the broker shall return a message that no queue takes. */
            mandatory: boolean;
            properties: components["schemas"]["EndpointConfigResultQueuePublishProperties"];
        };
        /** @description Properties of each message. */
        EndpointConfigResultQueuePublishProperties: {
            /**
             * @description 2 for messages that survive a restart of the broker, 1 for others.
             * @example 2
             */
            delivery_mode: number;
        };
        /**
         * @description The program that runs a container.
         * @enum {string}
         */
        ContainerRuntime: "docker" | "singularity";
        /**
         * @description How far a build is. `provided` means that the image was there already. `submitted`, `initialized`, `queued` and
         *     `building` are steps on the way; `ready` and `failed` are final.
         * @enum {string}
         */
        BuildStatus: "provided" | "submitted" | "initialized" | "queued" | "building" | "ready" | "failed";
        /** @description An image that exists already. */
        ContainerRegisterRequest: {
            /**
             * @description A name for people.
             * @example numerics
             */
            name: string;
            /** @description What is in the image, for people. */
            description?: string;
            type: components["schemas"]["ContainerRuntime"];
            /**
             * @description Where the runtime gets the image from.
             * @example docker.io/example/numerics:3.12
             */
            location: string;
        };
        /** @description The registered container. */
        ContainerRegisterResponse: {
            /**
             * Format: uuid
             * @description Id of the container.
             */
            container_id: string;
        };
        /** @description What goes into a new image. The three lists have to be there; they may be empty. */
        ContainerBuildRequest: {
            /**
             * @description A name for people.
             * @example numerics
             */
            name: string;
            /** @description What is in the image, for people. */
            description?: string;
            /**
             * @description Debian packages, by name.
             * @example [
             *       "libopenblas0"
             *     ]
             */
            apt: string[];
            /**
             * @description Python packages from PyPI, each with or without a version rule.
             * @example [
             *       "numpy>=2",
             *       "scipy"
             *     ]
             */
            pip: string[];
            /**
             * @description Conda packages, each with or without a version rule.
             * @example []
             */
            conda: string[];
            /**
             * Format: uri
             * @description A GitHub repository, or a zip file that everybody can read, to be put into the image.
             */
            payload_url?: string;
        };
        /** @description The container that is being built. */
        ContainerBuildResponse: {
            /**
             * Format: uuid
             * @description Id of the container.
             */
            container_id: string;
        };
        /** @description The state of a build. */
        ContainerBuildStatusResponse: {
            status: components["schemas"]["BuildStatus"];
        };
        /** @description A container, wrapped. */
        ContainerStatusResponse: {
            container: components["schemas"]["ContainerStatus"];
        };
        /** @description What is known about a container. */
        ContainerStatus: {
            /**
             * Format: uuid
             * @description Id of the container.
             */
            container_uuid: string;
            /** @description The name it was registered with. */
            name: string;
            build_status: components["schemas"]["BuildStatus"];
            type?: components["schemas"]["ContainerRuntime"];
            /** @description Where the runtime gets the image from. */
            location?: string;
            /** @description What the build wrote to its error output. */
            build_stderr?: string;
            /** @description Why the build failed. */
            err_message?: string;
        };
        /**
         * @description An error of the service. Decide by `code`, and by the HTTP status where a code is unknown.
         *
         *     | status | codes |
         *     |---|---|
         *     | 400 | `REQUEST_KEY_ERROR`, `REQUEST_MALFORMED`, `INVALID_UUID`, `ENDPOINT_OUTDATED` |
         *     | 401 | `USER_UNAUTHENTICATED`, `INVALID_AUTH_TOKEN` |
         *     | 403 | `FUNCTION_ACCESS_FORBIDDEN`, `ENDPOINT_ACCESS_FORBIDDEN`, `FUNCTION_NOT_PERMITTED`, |
         *     | | `ENDPOINT_ALREADY_REGISTERED`, `TASK_GROUP_ACCESS_FORBIDDEN`, `INSUFFICIENT_AUTH_SCOPE`, |
         *     | | `CONTAINER_SERVICE_NOT_PERMITTED` |
         *     | 404 | `USER_NOT_FOUND`, `FUNCTION_NOT_FOUND`, `ENDPOINT_NOT_FOUND`, `CONTAINER_NOT_FOUND`, |
         *     | | `TASK_NOT_FOUND`, `AUTH_GROUP_NOT_FOUND`, `TASK_GROUP_NOT_FOUND` |
         *     | 409 | `RESOURCE_CONFLICT` |
         *     | 413 | `TASK_PAYLOAD_TOO_LARGE`, `BATCH_RUN_TOO_LARGE`, `FUNCTION_TOO_LARGE` |
         *     | 422 | `SEMANTICALLY_INVALID` |
         *     | 423 | `RESOURCE_LOCKED` |
         *     | 500 | `INTERNAL_ERROR`, `UNKNOWN_ERROR`, `ENDPOINT_STATS_ERROR` |
         *
         *     The list is not complete. Be ready for unknown codes, and for answers that are no JSON at all when a machine in
         *     front of the service wrote them.
         */
        ErrorResponse: {
            /**
             * @description The word `Failed`.
             * @example Failed
             */
            status: string;
            /**
             * @description What went wrong, in one upper-case name that does not change.
             * @example TASK_NOT_FOUND
             */
            code: string;
            /** @description The particulars, such as ids, sizes and limits. What they are depends on `code`. */
            error_args: unknown[];
            /**
             * @description The HTTP status once more.
             * @example 404
             */
            http_status_code: number;
            /** @description What went wrong, for people. */
            detail: string;
            /**
             * @deprecated
             * @description The same text as `detail`, under its old name.
             */
            reason: string;
            authorization_parameters?: components["schemas"]["AuthorizationParameters"];
        };
        /**
         * @description Sent when a different login would help. Send the person to Globus Auth with these demands, then repeat the
         *     request with the new token. A service account cannot meet most of them.
         */
        AuthorizationParameters: {
            /** @description A text to show before the login. */
            session_message?: string;
            /** @description Identities of which one has to be in the session. */
            session_required_identities?: string[];
            /** @description Ids of policies to meet. Sometimes one string, joined by commas. */
            session_required_policies?: string[] | string;
            /**
             * @description Domains; an identity of one of them has to be in the session.
             * @example [
             *       "example.org"
             *     ]
             */
            session_required_single_domain?: string[];
            /** @description Whether a login with a second factor is needed. */
            session_required_mfa?: boolean;
            /** @description Scopes that the token lacks. */
            required_scopes?: string[];
            /**
             * @description Value for the parameter of the same name of the login page.
             * @example login
             */
            prompt?: string;
        };
        /**
         * @description A request that failed the check, on routes of version 3. Like `ErrorResponse`, with a list of problems in place
         *     of the text.
         */
        ValidationErrorResponse: {
            /**
             * @description The word `Failed`.
             * @example Failed
             */
            status: string;
            /** @description What went wrong, in one upper-case name that does not change. */
            code: string;
            /** @description The particulars. Mostly empty. */
            error_args: unknown[];
            /**
             * @description The HTTP status once more.
             * @example 422
             */
            http_status_code: number;
            /** @description The problems. */
            detail: components["schemas"]["ValidationError"][];
            /**
             * @deprecated
             * @description The same list as `detail`, under its old name.
             */
            reason: components["schemas"]["ValidationError"][];
        };
        /** @description A request that failed the check, on routes of version 2 and a few of version 3. */
        HTTPValidationError: {
            /** @description The problems. */
            detail?: components["schemas"]["ValidationError"][];
        };
        /** @description One problem with a request. */
        ValidationError: {
            /**
             * @description The way to the place: first `body`, `path`, `query` or `header`, then names and positions.
             * @example [
             *       "body",
             *       "tasks",
             *       0
             *     ]
             */
            loc: (string | number)[];
            /**
             * @description What is wrong, for people.
             * @example field required
             */
            msg: string;
            /**
             * @description The kind of problem, as a name.
             * @example value_error.missing
             */
            type: string;
        };
    };
    responses: {
        /** @description The token is missing, expired or not for this service. Get a fresh one and try once more. */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /**
         * @description The caller is known but may not do this. If the body has `authorization_parameters`, another login that meets
         *     them can help.
         */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description There is nothing with this id, or nothing that the caller may see. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The body, or something in it, is larger than the service takes. */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The endpoint is locked until a certain time. Wait, then try again. */
        Locked: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /**
         * @description More than 20 requests in 10 seconds. Wait, then try again. The body may be empty, or may come from a machine in
         *     front of the service and have another shape.
         */
        TooManyRequests: {
            headers: {
                /**
                 * @description How long to wait, in seconds. It can be missing.
                 * @example 5
                 */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content?: never;
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_version_v2_version_get: {
        parameters: {
            query?: {
                /** @description What to report on. Leave it out for the web service alone. */
                service?: components["schemas"]["VersionService"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version, as a string or as an object. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string | components["schemas"]["ComputeVersionResponse"];
                };
            };
            /** @description The value of `service` is not one of the known words. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_version_v2_version_head: {
        parameters: {
            query?: {
                /** @description Taken as in the GET. It changes nothing that can be seen here. */
                service?: components["schemas"]["VersionService"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is up. There is no body. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description The value of `service` is not one of the known words. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    check_authentication_v2_authenticate_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token is accepted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example OK */
                    "application/json": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    register_function_v3_functions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The function and who may use it. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["compute_web_service__schemas__v3__function__RegisterFunctionRequest"];
            };
        };
        responses: {
            /** @description The function is stored. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "function_uuid": "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3"
                     *     }
                     */
                    "application/json": components["schemas"]["compute_web_service__schemas__v3__function__RegisterFunctionResponse"];
                };
            };
            /** @description The token is missing, expired or not for this service. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The caller may not share with this group, or may not use this high assurance endpoint. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The function code is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /**
             * @description The body does not fit the schema, or its fields contradict each other (for example `ha_endpoint_id`
             *     together with `public`).
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"] | components["schemas"]["ValidationErrorResponse"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    register_function_v2_functions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The function and who may use it. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "function_name": "add",
                 *       "function_code": "39\nst\nadd:def add(a, b):\n    return a + b\n",
                 *       "description": "Adds two numbers.",
                 *       "metadata": {
                 *         "python_version": "3.12.7",
                 *         "sdk_version": "4.19.0"
                 *       },
                 *       "public": false
                 *     }
                 */
                "application/json": components["schemas"]["compute_web_service__schemas__v2__function__RegisterFunctionRequest"];
            };
        };
        responses: {
            /** @description The function is stored. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "function_uuid": "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3"
                     *     }
                     */
                    "application/json": components["schemas"]["compute_web_service__schemas__v2__function__RegisterFunctionResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_function_v2_functions__function_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the function, in lower case.
                 * @example 5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3
                 */
                function_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The function. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "function_uuid": "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3",
                     *       "function_name": "add",
                     *       "description": "Adds two numbers.",
                     *       "function_code": "39\nst\nadd:def add(a, b):\n    return a + b\n",
                     *       "metadata": {
                     *         "python_version": "3.12.7",
                     *         "sdk_version": "4.19.0"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Function"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    delete_function_v2_functions__function_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the function, in lower case.
                 * @example 5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3
                 */
                function_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The function is gone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": 302
                     *     }
                     */
                    "application/json": components["schemas"]["DeleteFunctionResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    submit_batch_v3_endpoints__endpoint_uuid__submit_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint that shall run the tasks.
                 * @example 4b116d3c-1703-4f8f-9f6f-39921e5864df
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        /** @description The tasks, and how to run them. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["compute_web_service__schemas__v3__tasks__BatchSubmitRequest"];
            };
        };
        responses: {
            /** @description The tasks are taken. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["compute_web_service__schemas__v3__tasks__BatchSubmitResponse"];
                };
            };
            /** @description The token is missing, expired or not for this service. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /**
             * @description The caller may not use the endpoint, one of the functions or the task group; or the endpoint does not run
             *     that function. A policy of the endpoint can also ask for a stronger login, see `authorization_parameters`.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description There is no such endpoint, function or task group. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description A task or the whole request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /**
             * @description The body does not fit the schema, or the endpoint could not start a user endpoint for it. In the second
             *     case `detail` carries the words of the endpoint.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidationErrorResponse"] | components["schemas"]["ErrorResponse"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description The service failed. The tasks may or may not exist. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
        };
    };
    submit_batch_v2_submit_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The tasks. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "create_websocket_queue": false,
                 *       "tasks": [
                 *         [
                 *           "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3",
                 *           "4b116d3c-1703-4f8f-9f6f-39921e5864df",
                 *           "11\n11\n[20, 22]5\n11\n{}"
                 *         ]
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["compute_web_service__schemas__v2__task__BatchSubmitRequest"];
            };
        };
        responses: {
            /** @description The request was read. Whether a task was taken stands in its entry. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "response": "success",
                     *       "task_group_id": "e17c52a9-6b04-4d83-9f7a-30c8d5b1e642",
                     *       "results": [
                     *         {
                     *           "status": "success",
                     *           "task_uuid": "8d2e7f10-3c4b-4a96-8b5d-71f09e6ac2d4",
                     *           "http_status_code": 200
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["compute_web_service__schemas__v2__task__BatchSubmitResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_task_status_and_result_v2_tasks__task_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the task, as the submission returned it.
                 * @example 8d2e7f10-3c4b-4a96-8b5d-71f09e6ac2d4
                 */
                task_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task. Also a failed task answers with 200. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskStatusResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_batch_status_v2_batch_status_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The tasks to look up. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "task_ids": [
                 *         "8d2e7f10-3c4b-4a96-8b5d-71f09e6ac2d4",
                 *         "c94a0b6e-15d7-4f38-a2e9-d06b83f5172c",
                 *         "be58123f-a07d-4c94-9d61-08f4e2c7a5b3"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BatchStatusRequest"];
            };
        };
        responses: {
            /** @description One entry per task id. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "response": "batch",
                     *       "results": {
                     *         "8d2e7f10-3c4b-4a96-8b5d-71f09e6ac2d4": {
                     *           "task_id": "8d2e7f10-3c4b-4a96-8b5d-71f09e6ac2d4",
                     *           "status": "success",
                     *           "result": "11\n42",
                     *           "completion_t": "1790000004.118204"
                     *         },
                     *         "c94a0b6e-15d7-4f38-a2e9-d06b83f5172c": {
                     *           "task_id": "c94a0b6e-15d7-4f38-a2e9-d06b83f5172c",
                     *           "status": "waiting-for-nodes"
                     *         },
                     *         "be58123f-a07d-4c94-9d61-08f4e2c7a5b3": {
                     *           "task_id": "be58123f-a07d-4c94-9d61-08f4e2c7a5b3",
                     *           "status": "Failed",
                     *           "reason": "Unknown task id"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BatchStatusResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_task_group_tasks_v2_taskgroup__task_group_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the task group, as the submission returned it.
                 * @example e17c52a9-6b04-4d83-9f7a-30c8d5b1e642
                 */
                task_group_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tasks of the group. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "taskgroup_id": "e17c52a9-6b04-4d83-9f7a-30c8d5b1e642",
                     *       "create_websockets_queue": false,
                     *       "tasks": [
                     *         {
                     *           "id": "8d2e7f10-3c4b-4a96-8b5d-71f09e6ac2d4",
                     *           "created_at": "2026-09-21T14:13:20.512000Z"
                     *         },
                     *         {
                     *           "id": "c94a0b6e-15d7-4f38-a2e9-d06b83f5172c",
                     *           "created_at": "2026-09-21T14:13:26.004517Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TaskGroupResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_user_specific_result_amqp_url_v2_get_amqp_result_connection_url_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A connection URL and the start of the queue names. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "queue_prefix": "73f5ce08-9a2d-4b61-8e47-c1d6a0937b5e.",
                     *       "connection_url": "amqps://73f5ce08-9a2d-4b61-8e47-c1d6a0937b5e:s3cr3t@compute.amqps.globus.org"
                     *     }
                     */
                    "application/json": components["schemas"]["ResultAmqpUrlResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_endpoints_v2_endpoints_get: {
        parameters: {
            query?: {
                /**
                 * @description `owner` lists the endpoints that the caller registered. `any` adds those that the caller may use or see
                 *     for another reason.
                 * @example owner
                 */
                role?: "owner" | "any";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoints. The list may be empty. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "uuid": "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718",
                     *         "name": "lab-server",
                     *         "display_name": "Lab server, room 2.14",
                     *         "owner": "73f5ce08-9a2d-4b61-8e47-c1d6a0937b5e"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["EndpointListResponseEntry"][];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The value of `role` is not one of the known words. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    register_endpoint_v2_endpoints_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description Set by proxies on the way to tell the address of the endpoint. Callers leave it out. */
                "x-forwarded-for"?: string;
                /** @description Set in front of the service to tell the address of the endpoint. Callers leave it out. */
                "remote-addr"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The endpoint. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_name": "lab-server",
                 *       "endpoint_uuid": "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718",
                 *       "version": "2.3.0"
                 *     }
                 */
                "application/json": components["schemas"]["compute_web_service__schemas__v2__endpoint__EndpointRegisterRequest"];
            };
        };
        responses: {
            /** @description The endpoint is registered. A manager gets a command queue, a plain endpoint its task queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointConfig"] | components["schemas"]["MultiUserEndpointConfig"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            423: components["responses"]["Locked"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_endpoint_v2_endpoints__endpoint_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "uuid": "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718",
                     *       "name": "lab-server",
                     *       "display_name": "Lab server, room 2.14",
                     *       "multi_user": false,
                     *       "high_assurance": false,
                     *       "public": false,
                     *       "user_config_template": "engine:\n  type: GlobusComputeEngine\n  max_workers_per_node: {{ workers | default(1) }}\n",
                     *       "user_config_schema": {
                     *         "type": "object",
                     *         "properties": {
                     *           "workers": {
                     *             "type": "integer"
                     *           }
                     *         }
                     *       },
                     *       "hostname": "lab-server.example.org",
                     *       "local_user": "ada",
                     *       "endpoint_version": "4.19.0",
                     *       "python_version": "3.12.7",
                     *       "subscription_admin_verified": false
                     *     }
                     */
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    delete_endpoint_v2_endpoints__endpoint_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint is gone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": 302
                     *     }
                     */
                    "application/json": components["schemas"]["EndpointDeleteResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_endpoint_status_v2_endpoints__endpoint_uuid__status_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status, with figures if the endpoint reports some. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointStatusResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    lock_endpoint_v2_endpoints__endpoint_uuid__lock_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint is locked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoint_id": "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718",
                     *       "lock_expiration_timestamp": "2026-09-21T14:23:20.250000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["compute_web_service__schemas__v2__endpoint__EndpointLockResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    register_endpoint_v3_endpoints_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description Set by proxies on the way to tell the address of the endpoint. Callers leave it out. */
                "x-forwarded-for"?: string;
                /** @description Set in front of the service to tell the address of the endpoint. Callers leave it out. */
                "remote-addr"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The endpoint and its rules. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_name": "lab-server",
                 *       "display_name": "Lab server, room 2.14",
                 *       "public": false,
                 *       "high_assurance": false,
                 *       "allowed_functions": [
                 *         "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3"
                 *       ],
                 *       "metadata": {
                 *         "endpoint_version": "4.19.0",
                 *         "python_version": "3.12.7",
                 *         "hostname": "lab-server.example.org",
                 *         "local_user": "ada",
                 *         "endpoint_config": "display_name: Lab server, room 2.14\n",
                 *         "user_config_template": "engine:\n  type: GlobusComputeEngine\n  max_workers_per_node: {{ workers | default(1) }}\n"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["compute_web_service__schemas__v3__endpoints__EndpointRegisterRequest"];
            };
        };
        responses: {
            /** @description The endpoint is registered. A manager gets a command queue, a plain endpoint its task queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointRegisterResponse"] | components["schemas"]["MultiUserEndpointRegisterResponse"];
                };
            };
            /** @description The request makes no sense, or the endpoint program is too old. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The token is missing, expired or not for this service. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            403: components["responses"]["Forbidden"];
            /** @description Something that the body names does not exist, such as a function. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidationErrorResponse"];
                };
            };
            /** @description The endpoint is locked for a while. */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description The service failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
        };
    };
    update_endpoint_v3_endpoints__endpoint_uuid__put: {
        parameters: {
            query?: never;
            header?: {
                /** @description Set by proxies on the way to tell the address of the endpoint. Callers leave it out. */
                "x-forwarded-for"?: string;
                /** @description Set in front of the service to tell the address of the endpoint. Callers leave it out. */
                "remote-addr"?: string;
            };
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        /** @description The endpoint and its rules, complete. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_name": "lab-server",
                 *       "display_name": "Lab server, room 2.16",
                 *       "metadata": {
                 *         "endpoint_version": "4.19.0",
                 *         "python_version": "3.12.7",
                 *         "hostname": "lab-server.example.org",
                 *         "local_user": "ada"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["compute_web_service__schemas__v3__endpoints__EndpointRegisterRequest"];
            };
        };
        responses: {
            /** @description The endpoint is registered. A manager gets a command queue, a plain endpoint its task queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointRegisterResponse"] | components["schemas"]["MultiUserEndpointRegisterResponse"];
                };
            };
            /** @description The request makes no sense, or the endpoint program is too old. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The token is missing, expired or not for this service. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The endpoint belongs to somebody else. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description There is no such endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The id is in use, or a flag differs that cannot be changed. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidationErrorResponse"];
                };
            };
            /** @description The endpoint is locked for a while. */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description The service failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
        };
    };
    delete_endpoint_v3_endpoints__endpoint_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint is gone. The body tells nothing more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    lock_endpoint_v3_endpoints__endpoint_uuid__lock_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint is locked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoint_id": "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718",
                     *       "lock_expiration_timestamp": 1790000600.25
                     *     }
                     */
                    "application/json": components["schemas"]["compute_web_service__schemas__v3__endpoints__EndpointLockResponse"];
                };
            };
            /** @description The token is missing, expired or not for this service. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The endpoint belongs to somebody else. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description There is no such endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidationErrorResponse"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description The service failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
        };
    };
    get_endpoint_allowlist_v3_endpoints__endpoint_uuid__allowed_functions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rule of the endpoint. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllowedFunctionsResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_endpoint_console_info_v3_endpoints__endpoint_uuid__console_get: {
        parameters: {
            query?: {
                /**
                 * @description Show only the user endpoint with this id.
                 * @example a6038e5d-42f1-4c9b-87da-5be2f7014c93
                 */
                user_endpoint_id?: string;
                /**
                 * @description Field names of a user endpoint, joined by commas. Without it every field is shown but `config`, which can
                 *     be long. An unknown name is answered with 400.
                 * @example user_endpoint_id,active,config
                 */
                include_fields?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The id of the manager.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user endpoints. The list may be empty. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user_endpoints": [
                     *         {
                     *           "user_endpoint_id": "a6038e5d-42f1-4c9b-87da-5be2f7014c93",
                     *           "active": true,
                     *           "python_version": "3.12.7",
                     *           "endpoint_version": "4.19.0",
                     *           "client_sdk_versions": [
                     *             "4.19.0"
                     *           ],
                     *           "posix_pid": 48213,
                     *           "posix_username": "ada",
                     *           "start_time_iso": "2026-09-21T14:13:20+00:00",
                     *           "start_time_unix": 1790000000,
                     *           "last_heartbeat_unix": 1790003630.482,
                     *           "total_worker_count": 8,
                     *           "idle_worker_count": 5,
                     *           "total_node_count": 1,
                     *           "node_info": {
                     *             "7340912": [
                     *               {
                     *                 "total_worker_count": 8,
                     *                 "idle_duration_seconds": 0,
                     *                 "python_version": "3.12.7",
                     *                 "endpoint_version": "4.19.0",
                     *                 "sdk_version": "4.19.0"
                     *               }
                     *             ]
                     *           },
                     *           "running_task_count": 3,
                     *           "queued_task_count": 0,
                     *           "executed_task_count": 127,
                     *           "engine_type": "GlobusComputeEngine",
                     *           "provider_type": "SlurmProvider",
                     *           "account": "climate-42",
                     *           "queue": "short"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ConsoleResponse"];
                };
            };
            /** @description A name in `include_fields` is unknown. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The token is missing, expired or not for this service. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The manager belongs to somebody else, or has no subscription. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description There is no such endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description An id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidationErrorResponse"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description The service failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
        };
    };
    verify_endpoint_organization_v3_endpoints__endpoint_uuid__subscription_admin_verified_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the endpoint.
                 * @example 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718
                 */
                endpoint_uuid: string;
            };
            cookie?: never;
        };
        /** @description The mark to set. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subscription_admin_verified": true
                 *     }
                 */
                "application/json": components["schemas"]["SubscriptionAdminVerified"];
            };
        };
        responses: {
            /** @description The mark as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "subscription_admin_verified": true
                     *     }
                     */
                    "application/json": components["schemas"]["SubscriptionAdminVerified"];
                };
            };
            /** @description The request makes no sense for this endpoint. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The token is missing, expired or not for this service. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The caller is no administrator of the subscription. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description There is no such endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The endpoint is in a state that does not allow the change. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
            /** @description The id is not a UUID, or the body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description The service failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
        };
    };
    register_container_v2_containers_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The image. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "numerics",
                 *       "description": "NumPy and SciPy on Python 3.12",
                 *       "type": "docker",
                 *       "location": "docker.io/example/numerics:3.12"
                 *     }
                 */
                "application/json": components["schemas"]["ContainerRegisterRequest"];
            };
        };
        responses: {
            /** @description The image is known. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "container_id": "37c8f6a1-d250-4e9b-8c34-f10b6d7e5a92"
                     *     }
                     */
                    "application/json": components["schemas"]["ContainerRegisterResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    build_container_v2_containers_build_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description What goes into the image. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "numerics",
                 *       "description": "NumPy and SciPy",
                 *       "apt": [
                 *         "libopenblas0"
                 *       ],
                 *       "pip": [
                 *         "numpy>=2",
                 *         "scipy"
                 *       ],
                 *       "conda": []
                 *     }
                 */
                "application/json": components["schemas"]["ContainerBuildRequest"];
            };
        };
        responses: {
            /** @description The build is on its way. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "container_id": "37c8f6a1-d250-4e9b-8c34-f10b6d7e5a92"
                     *     }
                     */
                    "application/json": components["schemas"]["ContainerBuildResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The body does not fit the schema. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_container_build_status_v2_containers_build__container_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the container.
                 * @example 37c8f6a1-d250-4e9b-8c34-f10b6d7e5a92
                 */
                container_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of the build. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "building"
                     *     }
                     */
                    "application/json": components["schemas"]["ContainerBuildStatusResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
    get_container_status_v2_containers__container_uuid___container_type__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the container.
                 * @example 37c8f6a1-d250-4e9b-8c34-f10b6d7e5a92
                 */
                container_uuid: string;
                /**
                 * @description The runtime asked for, such as `docker` or `singularity`.
                 * @example docker
                 */
                container_type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The container. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "container": {
                     *         "container_uuid": "37c8f6a1-d250-4e9b-8c34-f10b6d7e5a92",
                     *         "name": "numerics",
                     *         "build_status": "provided",
                     *         "type": "docker",
                     *         "location": "docker.io/example/numerics:3.12"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ContainerStatusResponse"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description An id is not a UUID. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
            429: components["responses"]["TooManyRequests"];
        };
    };
}
