// A Web Worker that runs pxc.

import * as bindings from "./pxc_web.js";
import { serve } from "./service.js";

const take = serve(bindings, (answer, buffers = []) => postMessage(answer, buffers));
onmessage = ({ data }) => take(data);
