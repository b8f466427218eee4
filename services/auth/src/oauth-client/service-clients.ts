import { readSubgraphs } from '@classgram/server'
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Scope } from './scopes.ts'

/**
 * What sister services may do in the graph that clients see. A service without a line here gets no
 * token; what it needs of its sisters it asks them with an envelope.
 */
const scopesByService: Readonly<Record<string, readonly Scope[]>> = {
  // It runs the bot, which speaks for the school with people.
  notification: [
    'calendar:read',
    'groups:read',
    'login-codes:create',
    'notifications:create',
    'people:read',
  ],
  calendar: ['notifications:create'],
  groups: ['notifications:create'],
}

/** The sister services as programs: they sign in with the key of their envelopes. */
export interface ServiceClients {
  /** Whether the name is that of a process of the school, which no other program may have. */
  isReserved: (name: string) => boolean
  /** What the service may do; undefined for whoever is none. */
  scopesOf: (name: string) => readonly Scope[] | undefined
  /** Their public keys. The gateway's is not among them: it speaks for others, never for itself. */
  keys: JWTVerifyGetKey
}

/** @param trusted public envelope keys of all processes; `kid` is the process's name */
export function createServiceClients(trusted: { keys: { kid: string }[] }): ServiceClients {
  const keys = trusted.keys.filter(({ kid }) => kid !== 'gateway')
  const services = new Set(keys.map(({ kid }) => kid))
  const reserved = new Set(['gateway', ...readSubgraphs().map(({ name }) => name), ...services])
  return {
    isReserved: (name) => reserved.has(name),
    scopesOf: (name) => (services.has(name) ? (scopesByService[name] ?? []) : undefined),
    keys: createLocalJWKSet({ keys } as JSONWebKeySet),
  }
}
