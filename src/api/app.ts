import helmet from '@fastify/helmet';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { jsonSchemaTransform, serializerCompiler } from 'fastify-type-provider-zod';
import { Registry } from 'prom-client';
import { readBodies } from './content-types.ts';
import type { ApiDependencies } from './dependencies.ts';
import { answerErrorsAsProblems, refuseConnection, sendProblem } from './error-answers.ts';
import { measureRequests } from './metrics.ts';
import { namedSchemas } from './openapi.ts';
import { createPolicies } from './policies.ts';
import { addActions } from './routes/actions.ts';
import { addAssessments } from './routes/assessments.ts';
import { addAudit } from './routes/audit.ts';
import { addCallbacks } from './routes/callbacks.ts';
import { addCalendarFeeds } from './routes/calendar-feeds.ts';
import { addCalls } from './routes/calls.ts';
import { addCertificates } from './routes/certificates.ts';
import { addChannels } from './routes/channels.ts';
import { addContacts } from './routes/contacts.ts';
import type { Office } from './routes/deciding.ts';
import { addDuties } from './routes/duties.ts';
import { addEndings } from './routes/endings.ts';
import { addExchangeWithReporters } from './routes/exchange.ts';
import { addFacts } from './routes/facts.ts';
import { addFigures } from './routes/figures.ts';
import { addHealth } from './routes/health.ts';
import { addIncidents } from './routes/incidents.ts';
import { addKeys } from './routes/keys.ts';
import { addLeadAndTeam } from './routes/lead-and-team.ts';
import { addMessages } from './routes/messages.ts';
import { addNotices } from './routes/notices.ts';
import { addPageLinks } from './routes/page-links.ts';
import { addPages } from './routes/pages.ts';
import { addParticipants } from './routes/participants.ts';
import { addPolicy } from './routes/policy.ts';
import { addQuietHours } from './routes/quiet-hours.ts';
import { addReadiness } from './routes/readiness.ts';
import { addReports } from './routes/reports.ts';
import { addRotas } from './routes/rotas.ts';
import { addSuspensions } from './routes/suspensions.ts';
import { addUploads } from './routes/uploads.ts';
import { addTimeline } from './routes/timeline.ts';

/** No step of ours needs more; reports have a limit of their own. */
const BODY_BYTES_MAX = 256 * 1024;

/** Identifiers and keys are short; a longer path segment names nothing. */
const PARAMETER_MAX = 200;

/** Who sends a request byte by byte is not waited for. */
const REQUEST_MS_MAX = 30_000;

/**
 * The HTTP API, ready to listen or to be injected into. It translates HTTP to reads and messages and performs nothing
 * itself; everything it needs of the outside is in its dependencies.
 */
export function buildApp(dependencies: ApiDependencies): FastifyInstance {
  const app = fastify({
    loggerInstance: dependencies.logger,
    // Its own lines hold whole addresses, and those of reporters hold their tokens.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => dependencies.newId(),
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PARAMETER_MAX },
    requestTimeout: REQUEST_MS_MAX,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(error, request, reply);
    },
    clientErrorHandler: refuseConnection,
  });
  const registry = new Registry();
  app.decorateRequest('actor', null);
  logAnswers(app);
  measureRequests(app, registry);
  answerErrorsAsProblems(app);
  readBodies(app);
  harden(app);
  document(app, dependencies);
  app.register(async (api) => addRoutes(api, dependencies, registry));
  return app;
}

/** Every route there is. Its own scope, because other plug-ins describe their routes in plain JSON Schema. */
function addRoutes(app: FastifyInstance, dependencies: ApiDependencies, registry: Registry): void {
  // Shapes are checked in `addCall`, in their place among the other checks.
  app.setValidatorCompiler(() => (value: unknown) => ({ value }));
  app.setSerializerCompiler(serializerCompiler);
  const office: Office = {
    app,
    dependencies,
    policies: createPolicies(dependencies.db, dependencies.policy),
  };
  addReports(office);
  addIncidents(office);
  addLeadAndTeam(office);
  addExchangeWithReporters(office);
  addAssessments(office);
  addEndings(office);
  addCalls(office);
  addActions(office);
  addSuspensions(office);
  addFacts(office);
  addTimeline(office);
  addPages(office);
  addPageLinks(office);
  if (dependencies.callbacks !== null) addCallbacks(office, dependencies.callbacks);
  addMessages(office);
  addCertificates(office);
  addKeys(office);
  addDuties(office);
  addRotas(office);
  addCalendarFeeds(office);
  addContacts(office);
  addQuietHours(office);
  addAudit(office);
  addReadiness(office);
  addFigures(office);
  addPolicy(office);
  addNotices(office);
  addParticipants(office);
  addHealth(office, registry);
  addChannels(office);
  addUploads(office);
  app.get('/openapi.json', { config: { verb: 'documentation' }, schema: { hide: true } }, () =>
    app.swagger(),
  );
}

/** One line for each answer: who, which route, what came of it. No address, no body. */
function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        by: request.actor?.username ?? null,
      },
      'answered',
    );
  });
}

/** By hand: the default would send plain-http users of a LAN to https, and allows inline styles. */
function harden(app: FastifyInstance): void {
  app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  });
}

function document(app: FastifyInstance, { publicUrl }: ApiDependencies): void {
  app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tocsin',
        version: '1',
        description: 'Security incidents, from the first notice to the after-action review.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: namedSchemas,
  });
  app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, verb: 'documentation' };
    });
    await docs.register(fastifySwaggerUi, { routePrefix: '/docs' });
  });
}
