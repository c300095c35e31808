/** A plain value that the compiler keeps apart from others of its kind: a price is never a size. */
export type Nominal<Value, Name extends string> = Value & { readonly __is?: Name }

/** A ticker in upper case, such as AAPL. */
export type TickerSymbol = Nominal<string, 'TickerSymbol'>
/** Names one ledger. */
export type AccountId = Nominal<string, 'AccountId'>
export type OrderId = Nominal<string, 'OrderId'>
export type ClientOrderId = Nominal<string, 'ClientOrderId'>
/** One fill at the broker. */
export type ExecutionId = Nominal<string, 'ExecutionId'>
/** Numbers the entries of one account's ledger from 1, without gaps. */
export type Seq = Nominal<number, 'Seq'>
/** Milliseconds since 1970, by the server's clock. */
export type ServerTime = Nominal<number, 'ServerTime'>
/** Milliseconds since 1970, by this device's clock. */
export type LocalTime = Nominal<number, 'LocalTime'>
/** Price of one share. */
export type Price = Nominal<number, 'Price'>
/** A number of shares. */
export type Quantity = Nominal<number, 'Quantity'>
/** An amount in the account's currency. */
export type Money = Nominal<number, 'Money'>
/** 1.5 means 1.5 %. */
export type Percent = Nominal<number, 'Percent'>
