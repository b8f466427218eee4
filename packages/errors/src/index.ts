export { type ErrorCode, httpStatus, isErrorCode } from './codes.ts'
export {
  badUserInput,
  conflict,
  forbidden,
  notFound,
  rateLimited,
  serviceUnavailable,
  unauthenticated,
} from './errors.ts'
export { formatError } from './format-error.ts'
export { StartupError } from './startup-error.ts'
