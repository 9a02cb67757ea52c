/** All of the codec that is loaded with the first pickle. */
export { decodePickle } from "./decode_pickle.ts";
export { encodePickle } from "./encode_pickle.ts";
