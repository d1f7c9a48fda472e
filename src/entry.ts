import { pino, type Logger } from 'pino';
import { ConfigError, describeConfig, readServiceConfig, type ServiceConfig } from './config.ts';

/** What both long-running entries share: configuration, log, and an orderly end. */
export interface Running {
  /** Settles when it has stopped by itself. */
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs a process from its environment until a signal, or its own end. A start that fails (Postgres or Temporal not
 * there yet) ends the process with one sentence: who supervises it starts it again.
 */
export async function runEntry(
  name: string,
  start: (config: ServiceConfig, logger: Logger) => Promise<Running>,
): Promise<void> {
  const config = configOrExit();
  const logger = pino({ name, level: config.logLevel });
  logger.info(describeConfig(config), 'starting');
  try {
    const running = await start(config, logger);
    const stop = (): void => {
      logger.info('stopping');
      running.stop().catch((error: unknown) => fail(logger, error, 'could not stop in order'));
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    logger.info('started');
    await running.stopped;
    logger.info('stopped');
  } catch (error) {
    fail(logger, error, 'cannot run');
  }
}

function configOrExit(): ServiceConfig {
  try {
    return readServiceConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function fail(logger: Logger, error: unknown, message: string): void {
  logger.fatal({ err: error }, message);
  process.exitCode = 1;
  // What is still open (a connection, a timer) must not keep a process that has failed.
  setTimeout(() => process.exit(1), 1000).unref();
}
