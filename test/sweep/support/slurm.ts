import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../../support/until';
import { freePorts } from './ports';

/** Debian packages with which a Slurm can be started by hand. */
export const slurmPackages = ['munge', 'slurmctld', 'slurmd', 'slurm-client'];

const programs = ['munged', 'slurmctld', 'slurmd'].map((name) => `/usr/sbin/${name}`);

/**
 * A Slurm of its own on this machine: munge, the controller and two nodes, started by hand, without systemd and
 * without accounting. Everything lies in one folder.
 */
export class LocalSlurm {
  private readonly processes = new Map<string, ChildProcess>();
  readonly conf: string;
  private starts = 0;

  private constructor(private readonly folder: string) {
    this.conf = join(folder, 'slurm.conf');
  }

  static async start(folder: string): Promise<LocalSlurm> {
    const missing = programs.filter((path) => !existsSync(path));
    if (missing.length > 0) {
      throw new Error(
        `This test needs a Slurm: ${missing.join(', ')} is missing. "npm test" installs it; by hand: ` +
          `apt-get install -y --no-install-recommends ${slurmPackages.join(' ')}`,
      );
    }
    const slurm = new LocalSlurm(folder);
    await slurm.configure();
    const munge = (name: string): string => join(folder, 'munge', name);
    slurm.launch('munged', [
      ...['--foreground', '--force', `--key-file=${munge('key')}`, `--socket=${munge('socket')}`],
      ...[`--pid-file=${munge('pid')}`, `--log-file=${munge('log')}`, `--seed-file=${munge('seed')}`],
    ]);
    await until(() => existsSync(munge('socket')), 'munged has its socket');
    slurm.startController();
    slurm.startNode('n1');
    slurm.startNode('n2');
    await until(() => {
      const states = slurm.quietly('sinfo', ['-h', '-N', '-o', '%T']).trim().split('\n');
      return states.length === 2 && states.every((state) => state === 'idle');
    }, 'both nodes are idle');
    return slurm;
  }

  /** What Slurm's commands need to find this one. */
  get environment(): Record<string, string> {
    return { SLURM_CONF: this.conf };
  }

  /**
   * A controller that is killed before it has saved its state counts jobs from the start again, and drains a node that
   * still runs one of the same number. An administrator would resume the node; here each start has numbers of its own.
   */
  startController(): void {
    const conf = readFileSync(this.conf, 'utf8').replace(/^FirstJobId=.*$/m, `FirstJobId=${1 + 1000 * this.starts++}`);
    writeFileSync(this.conf, conf);
    this.launch('slurmctld', ['-D', '-f', this.conf]);
  }

  startNode(name: string): void {
    this.launch('slurmd', ['-D', '-N', name, '-f', this.conf], name);
  }

  async killController(): Promise<void> {
    await this.kill('slurmctld');
  }

  /** A node that loses its power while it computes: its daemon and what runs on it end at once. */
  async killBusyNode(name: string): Promise<void> {
    await until(
      () => {
        // A daemon that stands still starts nothing, so that what is seen here is all that runs.
        this.processes.get(name)!.kill('SIGSTOP');
        if (this.killSteps(name) > 0) return true;
        this.processes.get(name)!.kill('SIGCONT');
        return false;
      },
      `${name} computes`,
      60_000,
      50,
    );
    await this.kill(name);
  }

  private killSteps(name: string): number {
    let killed = 0;
    for (const pid of this.stepsOn(name)) {
      try {
        process.kill(pid, 'SIGKILL');
        killed++;
      } catch {
        // It has just ended by itself.
      }
    }
    return killed;
  }

  ask(command: string, args: string[]): string {
    return execFileSync(command, args, { env: { ...process.env, ...this.environment }, encoding: 'utf8' });
  }

  async stop(): Promise<void> {
    for (const name of [...this.processes.keys()]) await this.kill(name);
    for (const name of ['n1', 'n2']) this.killSteps(name);
  }

  /** The daemons' last words, for a test that fails. */
  logs(): string {
    return ['slurmctld', 'n1', 'n2'].map((name) => `── ${name}\n${tail(join(this.folder, `${name}.out`))}`).join('\n');
  }

  private async configure(): Promise<void> {
    for (const name of ['munge', 'state', 'spool-n1', 'spool-n2']) mkdirSync(join(this.folder, name), { mode: 0o700 });
    writeFileSync(join(this.folder, 'munge', 'key'), randomBytes(1024), { mode: 0o600 });
    const controller = await freePorts(3);
    const first = controller + 1;
    const user = userInfo().username;
    writeFileSync(
      this.conf,
      [
        'ClusterName=eigenprobe',
        'FirstJobId=1',
        // The nodes have read the file before its numbers change.
        'DebugFlags=NO_CONF_HASH',
        `SlurmctldHost=${hostname()}(127.0.0.1)`,
        `SlurmctldPort=${controller}`,
        `SlurmUser=${user}`,
        `SlurmdUser=${user}`,
        'AuthType=auth/munge',
        `AuthInfo=socket=${join(this.folder, 'munge', 'socket')},cred_expire=5`,
        `StateSaveLocation=${join(this.folder, 'state')}`,
        `SlurmdSpoolDir=${join(this.folder, 'spool-%n')}`,
        `SlurmctldPidFile=${join(this.folder, 'slurmctld.pid')}`,
        `SlurmdPidFile=${join(this.folder, 'slurmd-%n.pid')}`,
        'ProctrackType=proctrack/linuxproc',
        'TaskPlugin=task/none',
        'JobAcctGatherType=jobacct_gather/none',
        'AccountingStorageType=accounting_storage/none',
        'MpiDefault=none',
        'SwitchType=switch/none',
        'SelectType=select/cons_tres',
        'SelectTypeParameters=CR_Core',
        'SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2',
        'ReturnToService=2',
        'SlurmdTimeout=10',
        'KillWait=3',
        'MinJobAge=300',
        'JobRequeue=1',
        'SlurmdParameters=config_overrides',
        `NodeName=n[1-2] NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=[${first}-${first + 1}] CPUs=2 RealMemory=8000 State=UNKNOWN`,
        'PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP',
        '',
      ].join('\n'),
    );
  }

  private launch(program: string, args: string[], name = program): void {
    const output = join(this.folder, `${name}.out`);
    const child = spawn('/bin/sh', ['-c', 'exec "$@" >>"$0" 2>&1', output, `/usr/sbin/${program}`, ...args], {
      env: { ...process.env, ...this.environment },
      stdio: 'ignore',
    });
    this.processes.set(name, child);
  }

  private async kill(name: string): Promise<void> {
    const child = this.processes.get(name);
    this.processes.delete(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  }

  /** What this Slurm has started on a node, as the environment of each process says, and what looks after it. */
  private stepsOn(name: string): number[] {
    const own = [`SLURM_CONF=${this.conf}`, `SLURMD_NODENAME=${name}`];
    const tasks = processIds().filter((pid) => {
      const environment = readProcess(pid, 'environ').split('\0');
      return own.every((entry) => environment.includes(entry));
    });
    const keepers = tasks.map(parentOf).filter((pid) => readProcess(pid, 'cmdline').startsWith('slurmstepd'));
    return [...new Set([...keepers, ...tasks])];
  }

  private quietly(command: string, args: string[]): string {
    try {
      return execFileSync(command, args, {
        env: { ...process.env, ...this.environment },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      return '';
    }
  }
}

function processIds(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

function readProcess(pid: number, file: 'environ' | 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function parentOf(pid: number): number {
  const stat = readProcess(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function tail(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-30).join('\n') : '';
}

/** Waits until something holds or is there, a minute at most. */
export function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  ms = 60_000,
  pauseMs = 200,
): Promise<T> {
  return waitUntil(look, what, { timeoutMs: ms, pauseMs });
}
