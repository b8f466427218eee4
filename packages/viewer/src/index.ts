export {
  type AccessTokenOptions,
  createAccessTokenVerifier,
  signAccessToken,
} from './access-token.ts'
export {
  type Client,
  createEnvelopeSigner,
  createEnvelopeVerifier,
  type Envelope,
  type SignEnvelope,
} from './envelope.ts'
export { generateKeyPair, type KeyPair } from './keys.ts'
export {
  actorOf,
  isAdmin,
  isPerson,
  isStaffOrProgram,
  isTeacher,
  type MachineClient,
  type Person,
  type Role,
  roles,
  type Viewer,
} from './viewer.ts'
