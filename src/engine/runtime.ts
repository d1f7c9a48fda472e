import { Runtime, type Logger as TemporalLogger } from '@temporalio/worker';

/** Where the SDK's log goes: `what` in fields, then a sentence. */
export interface Log {
  debug(what: object, message: string): void;
  warn(what: object, message: string): void;
  error(what: object, message: string): void;
}

export interface RuntimeSettings {
  readonly host: string;
  /** Where the SDK's own metrics are served; undefined for nowhere. */
  readonly metricsPort: number | undefined;
}

/** Prepares Temporal's SDK in this process: once, before any worker is made. */
export function installRuntime({ host, metricsPort }: RuntimeSettings, logger: Log): void {
  Runtime.install({
    logger: temporalLogger(logger),
    // The entry ends the worker in order; two owners of one signal would race.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
      ...(metricsPort !== undefined && {
        metrics: {
          prometheus: {
            bindAddress: `${host}:${metricsPort}`,
            countersTotalSuffix: true,
            unitSuffix: true,
            useSecondsForDurations: true,
          },
        },
      }),
    },
  });
}

/** The SDK's log in ours. What it tells of its everyday life is of interest to whoever looks for a fault. */
export function temporalLogger(logger: Log): TemporalLogger {
  const everyday = (message: string, meta?: object): void => logger.debug(meta ?? {}, message);
  const warn = (message: string, meta?: object): void => {
    // The armed queue's worker has activities only, on purpose.
    if (message.startsWith('No workflows registered')) everyday(message, meta);
    else logger.warn(meta ?? {}, message);
  };
  const error = (message: string, meta?: object): void => logger.error(meta ?? {}, message);
  const byLevel = { TRACE: everyday, DEBUG: everyday, INFO: everyday, WARN: warn, ERROR: error };
  return {
    log: (level, message, meta) => byLevel[level](message, meta),
    trace: everyday,
    debug: everyday,
    info: everyday,
    warn,
    error,
  };
}
