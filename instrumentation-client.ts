/** @file What Next runs in the browser before its router starts. */
import { withoutGatewayErrors } from './app/_client/gateway-errors.ts'

window.fetch = withoutGatewayErrors(window.fetch.bind(window))
