// better-auth on a Worker, as an app that wants it fast would run it: one for the isolate, over the binding of D1.
import { betterAuth } from 'better-auth'

let auth

export default {
  fetch(request, env) {
    auth ??= betterAuth({
      database: env.DB,
      baseURL: env.BASE_URL,
      secret: env.HALLPASS_SECRET,
      emailAndPassword: { enabled: true },
      rateLimit: { enabled: false },
      telemetry: { enabled: false },
      logger: { disabled: true },
    })
    return auth.handler(request)
  },
}
