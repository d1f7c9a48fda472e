/** What we use of irc-framework 4.14, which brings no types. Source: its docs/clientapi.md and docs/events.md. */
declare module 'irc-framework' {
  import type { Socket } from 'node:net';

  export interface ConnectOptions {
    readonly host: string;
    readonly port: number;
    readonly nick: string;
    readonly username: string;
    readonly gecos: string;
    readonly password?: string;
    readonly tls: boolean;
    readonly rejectUnauthorized: boolean;
    readonly version: string;
    readonly auto_reconnect: boolean;
    /** Seconds. */
    readonly ping_interval: number;
    /** Seconds. */
    readonly ping_timeout: number;
  }

  export interface PrivateMessage {
    readonly nick: string;
    readonly target: string;
    readonly message: string;
    readonly from_server: boolean;
    /** The services account of who says it, where the server tells. */
    readonly account?: string | undefined;
  }

  export interface Client {
    readonly user: { readonly nick: string };
    connect(options: ConnectOptions): void;
    say(target: string, message: string): void;
    notice(target: string, message: string): void;
    ping(token: string): void;
    /** One line of protocol. */
    raw(line: string): void;
    changeNick(nick: string): void;
    quit(message: string): void;
    caseCompare(one: string, other: string): boolean;
    on(event: 'registered' | 'close' | 'socket close', listener: () => void): void;
    on(event: 'raw socket connected', listener: (socket: Socket) => void): void;
    on(event: 'nick in use', listener: (event: { readonly nick: string }) => void): void;
    on(event: 'pong', listener: (event: { readonly message: string | undefined }) => void): void;
    on(event: 'privmsg', listener: (event: PrivateMessage) => void): void;
    on(
      event: 'raw',
      listener: (event: { readonly line: string; readonly from_server: boolean }) => void,
    ): void;
  }

  const framework: { readonly Client: new () => Client };
  export default framework;
}
