import { isIPv6 } from 'node:net'
import type { Client } from '@classgram/viewer'

/**
 * What a limit on addresses counts as one: an IPv4 address, or the first half of an IPv6 address,
 * because whoever has one IPv6 address has all that begin like it (RFC 6177).
 *
 * @returns an empty text for a client from nowhere: a sister service
 */
export function networkOf(client: Client | undefined): string {
  const address = client?.address.split('%')[0] ?? ''
  // Where a server listens on both, IPv4 addresses come in the clothes of IPv6.
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped || !isIPv6(address)) return mapped ?? address
  const [left = [], right = []] = address.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = [...left, ...zeros, ...right].slice(0, 4)
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}
