// A worker thread of Node that runs pxc.

import { parentPort } from "node:worker_threads";

import * as bindings from "./pxc_web.js";
import { serve } from "./service.js";

const take = serve(bindings, (answer, buffers = []) => parentPort.postMessage(answer, buffers));
parentPort.on("message", take);
