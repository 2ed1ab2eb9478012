import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports';
import { until } from './slurm';

/** Debian packages with which a host can be reached through ssh. */
export const sshPackages = ['openssh-server', 'openssh-client'];

const programs = { server: '/usr/sbin/sshd', client: '/usr/bin/ssh', keys: '/usr/bin/ssh-keygen' };

/** A host that ssh reaches: this machine, through a server with keys and a configuration of its own. */
export class LocalSsh {
  private constructor(
    private readonly folder: string,
    private readonly server: ChildProcess,
  ) {}

  /**
   * @param folder an empty folder
   * @param host the name that ssh knows the host by
   * @param environment what commands find there
   */
  static async start(folder: string, host: string, environment: Readonly<Record<string, string>>): Promise<LocalSsh> {
    const missing = Object.values(programs).filter((path) => !existsSync(path));
    if (missing.length > 0) {
      throw new Error(
        `This test needs ssh: ${missing.join(', ')} is missing. "npm test" installs it; by hand: ` +
          `apt-get install -y --no-install-recommends ${sshPackages.join(' ')}`,
      );
    }
    const at = (name: string): string => join(folder, name);
    for (const name of ['host-key', 'key'])
      execFileSync(programs.keys, ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
    const port = await freePorts(1);
    const lines = (pairs: Readonly<Record<string, string>>): string =>
      Object.entries(pairs)
        .map(([name, value]) => `${name} ${value}\n`)
        .join('');
    const settings = Object.entries(environment).map(([name, value]) => `${name}="${value}"`);
    writeFileSync(
      at('sshd_config'),
      lines({
        ...{ ListenAddress: '127.0.0.1', Port: String(port), HostKey: at('host-key'), PidFile: at('pid') },
        ...{ AuthorizedKeysFile: at('key.pub'), StrictModes: 'no', PasswordAuthentication: 'no', UsePAM: 'no' },
        ...{ PermitRootLogin: 'prohibit-password', SetEnv: settings.join(' ') },
      }),
    );
    writeFileSync(
      at('ssh_config'),
      `Host ${host}\n${lines({
        ...{ HostName: '127.0.0.1', Port: String(port), User: userInfo().username, IdentityFile: at('key') },
        ...{ IdentitiesOnly: 'yes', UserKnownHostsFile: at('known'), StrictHostKeyChecking: 'accept-new' },
      })}`,
    );
    // ssh reads the configuration in the home of its user, whatever HOME says; this one comes before it on the PATH.
    mkdirSync(at('bin'));
    writeFileSync(at('bin/ssh'), `#!/bin/sh\nexec ${programs.client} -F ${at('ssh_config')} "$@"\n`);
    chmodSync(at('bin/ssh'), 0o755);
    // Where the server gives up its rights until someone has logged in.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const log = at('sshd.log');
    const server = spawn(programs.server, ['-D', '-f', at('sshd_config'), '-E', log], { stdio: 'ignore' });
    const ssh = new LocalSsh(folder, server);
    await until(() => ssh.reaches(host), `sshd answers (${log})`);
    return ssh;
  }

  /** The PATH on which `ssh` is the one that knows the host. */
  get path(): string {
    return `${join(this.folder, 'bin')}:${process.env.PATH}`;
  }

  stop(): void {
    this.server.kill('SIGKILL');
  }

  private reaches(host: string): boolean {
    try {
      execFileSync('ssh', ['-o', 'BatchMode=yes', host, 'true'], {
        env: { ...process.env, PATH: this.path },
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  }
}
