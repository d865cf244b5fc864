/**
 * The networks whose wallets can be made, one row each, named as clients name them (contract §4.2). What a network
 * means for addresses and signatures is its family's; nothing below this table names a network.
 *
 * @module
 */
import type { SchemeId } from '@quorate/wire';

interface Row {
  readonly name: string;
  readonly scheme: SchemeId;
}
export interface EvmNetwork extends Row {
  readonly family: 'evm';
}
export interface BitcoinNetwork extends Row {
  readonly family: 'bitcoin';
  /** Human-readable part of its addresses (BIP-173). */
  readonly addressPrefix: 'bc' | 'tb';
}
/** A pseudo network: a key that belongs to no chain, signs hashes and has no address. */
export interface PseudoNetwork extends Row {
  readonly family: 'none';
}
export type Network = EvmNetwork | BitcoinNetwork | PseudoNetwork;
export type Family = Network['family'];

const scheme = 'ECDSA/secp256k1';
const evm = (name: string): EvmNetwork => ({ name, scheme, family: 'evm' });
const bitcoin = (name: string, addressPrefix: 'bc' | 'tb'): BitcoinNetwork => ({ name, scheme, family: 'bitcoin', addressPrefix });

/** The order is that of the SDK's list of Ethereum-family networks. */
const rows: readonly Network[] = [
  { name: 'KeyECDSA', scheme, family: 'none' },
  bitcoin('Bitcoin', 'bc'),
  bitcoin('BitcoinSignet', 'tb'),
  bitcoin('BitcoinTestnet3', 'tb'),
  bitcoin('BitcoinTestnet4', 'tb'),
  evm('Adi'),
  evm('AdiTestnet'),
  evm('AdiTestnetAb'),
  evm('ArbitrumOne'),
  evm('ArbitrumGoerli'),
  evm('ArbitrumSepolia'),
  evm('ArcTestnet'),
  evm('Areum'),
  evm('AvalancheC'),
  evm('AvalancheCFuji'),
  evm('Base'),
  evm('BaseGoerli'),
  evm('BaseSepolia'),
  evm('Bob'),
  evm('BobSepolia'),
  evm('Bsc'),
  evm('BscTestnet'),
  evm('Berachain'),
  evm('BerachainBArtio'),
  evm('BerachainBepolia'),
  evm('BesuTestnet'),
  evm('Celo'),
  evm('CeloAlfajores'),
  evm('Codex'),
  evm('CodexSepolia'),
  evm('Ethereum'),
  evm('EthereumClassic'),
  evm('EthereumClassicMordor'),
  evm('EthereumGoerli'),
  evm('EthereumSepolia'),
  evm('EthereumHolesky'),
  evm('EthereumHoodi'),
  evm('FantomOpera'),
  evm('FantomTestnet'),
  evm('FlareC'),
  evm('FlareCCoston2'),
  evm('FlowEvm'),
  evm('FlowEvmTestnet'),
  evm('Ink'),
  evm('InkSepolia'),
  evm('Optimism'),
  evm('OptimismGoerli'),
  evm('OptimismSepolia'),
  evm('Plasma'),
  evm('PlasmaTestnet'),
  evm('Plume'),
  evm('PlumeSepolia'),
  evm('Polygon'),
  evm('PolygonAmoy'),
  evm('PolygonMumbai'),
  evm('Race'),
  evm('RaceSepolia'),
  evm('Sonic'),
  evm('SonicTestnet'),
  evm('Tempo'),
  evm('TempoAndantino'),
  evm('TempoModerato'),
  evm('Tsc'),
  evm('TscTestnet1'),
  evm('Xdc'),
  evm('XdcApothem'),
  evm('XLayer'),
  evm('XLayerSepolia'),
];

const byName: ReadonlyMap<string, Network> = new Map(rows.map((network) => [network.name, network]));

/** Every network offered. */
export const networks: readonly Network[] = rows;

/** `null` for a name that is none, and for networks known to clients that are not offered here. */
export function networkOf(name: string): Network | null {
  return byName.get(name) ?? null;
}
