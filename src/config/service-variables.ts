/**
 * True of a variable that Kubernetes makes of a Service in the same namespace, such as `HOOKWELL_PORT` of one that is
 * called `hookwell`: nobody has set it, and anybody can guess its value.
 */
export function isOfService(name: string, value = ""): boolean {
  return ofService.test(name) || (name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value));
}

const ofService = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/;
