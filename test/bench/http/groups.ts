import type { ClientSubject, Group, ServerSubject } from './subject.ts'
import { byFetching, byRequesting } from './subjects/calls.ts'
import { inExpress } from './subjects/express.ts'
import { inFastify } from './subjects/fastify.ts'
import { aroundHandler } from './subjects/handler.ts'
import { shed } from './subjects/shed.ts'

/** Measured are the servers, each asked by the same client. */
export const serverGroups: readonly Group<ServerSubject>[] = [inExpress, inFastify, aroundHandler, shed]
/** Measured are the clients, which all ask the same server. */
export const clientGroups: readonly Group<ClientSubject>[] = [byFetching, byRequesting]
