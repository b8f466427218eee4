import { type Change, diff } from '@graphql-inspector/core'
import {
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
} from 'graphql'
import { apiSchemaOf } from './api-schema.ts'
import { findBrokenKeys } from './entity-keys.ts'

export interface SchemaChanges {
  /** Stop clients or running gateways that were right before: one line each, what, where, why. */
  breaks: string[]
  /** Leave every operation valid, but a client may not expect what it gets. */
  dangers: string[]
}

/** What happens to a client; where nothing stands here, the reason given by the comparison is used. */
const consequences: Record<string, string> = {
  ENUM_VALUE_REMOVED: 'operations that send it are refused',
  FIELD_ARGUMENT_ADDED: 'operations that do not send it are refused',
  FIELD_ARGUMENT_REMOVED: 'operations that send it are refused',
  FIELD_ARGUMENT_TYPE_CHANGED: 'operations that send what was right before are refused',
  FIELD_REMOVED: 'operations that select it are refused',
  FIELD_TYPE_CHANGED: 'clients get what their generated types rule out',
  INPUT_FIELD_ADDED: 'operations that do not send it are refused',
  INPUT_FIELD_REMOVED: 'operations that send it are refused',
  INPUT_FIELD_TYPE_CHANGED: 'operations that send what was right before are refused',
  OBJECT_TYPE_INTERFACE_REMOVED: 'fragments on the interface are refused or stay empty',
  SCHEMA_MUTATION_TYPE_CHANGED: 'mutations are refused',
  SCHEMA_QUERY_TYPE_CHANGED: 'queries are refused',
  SCHEMA_SUBSCRIPTION_TYPE_CHANGED: 'subscriptions are refused',
  TYPE_REMOVED: 'fragments and variables that name it are refused',
  UNION_MEMBER_REMOVED: 'fragments on it are refused',
}

/**
 * Compares what clients and gateways rely on in two composed supergraphs.
 *
 * @param base text of the supergraph that is in use
 * @param head text of the supergraph that is to follow it
 */
export async function findBreakingChanges(base: string, head: string): Promise<SchemaChanges> {
  const next = apiSchemaOf(parse(head))
  const changes = await diff(apiSchemaOf(parse(base)), next)
  const dangers = changes.filter(({ criticality }) => criticality.level === 'DANGEROUS')
  const lost = dangers.filter((change) => lostDefault(change, next))
  return {
    breaks: [
      ...changes
        .filter(({ criticality }) => criticality.level === 'BREAKING')
        .map((change) => printChange(change, consequences[change.type])),
      ...lost.map((change) => printChange(change, 'operations that leave it out are refused')),
      ...findBrokenKeys(base, head),
    ],
    dangers: dangers
      .filter((change) => !lost.includes(change))
      .map((change) => printChange(change)),
  }
}

function printChange(
  { type, path, message, criticality }: Change,
  consequence = criticality.reason,
): string {
  return [`${type} ${path ?? 'schema'}: ${message}`, consequence]
    .filter((part) => part !== undefined)
    .join('; ')
    .replaceAll('\n', ' ')
}

/**
 * Whether a required argument or input field has lost its default, so that operations which leave
 * it out are refused. The comparison calls every change of a default merely dangerous.
 */
function lostDefault({ type, path = '' }: Change, head: GraphQLSchema): boolean {
  const [typeName = '', fieldName = '', argumentName] = path.split('.')
  const parent = head.getType(typeName)
  if (type === 'INPUT_FIELD_DEFAULT_VALUE_CHANGED' && isInputObjectType(parent)) {
    const field = parent.getFields()[fieldName]
    return field !== undefined && isRequiredInputField(field)
  }
  if (
    type === 'FIELD_ARGUMENT_DEFAULT_CHANGED' &&
    (isObjectType(parent) || isInterfaceType(parent))
  ) {
    const argument = parent.getFields()[fieldName]?.args.find(({ name }) => name === argumentName)
    return argument !== undefined && isRequiredArgument(argument)
  }
  return false
}
