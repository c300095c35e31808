import {
  CandlestickSeries,
  ColorType,
  createChart,
  createSeriesMarkers,
  CrosshairMode,
  HistogramSeries,
  TickMarkType,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import { formatPrice, formatQuantity } from '../../shared/format.ts'
import type { Bar, Mark } from './bars.ts'
import type { Palette } from './palette.ts'

const seconds = (milliseconds: number): UTCTimestamp => (milliseconds / 1000) as UTCTimestamp
const moment = (time: Time): Date => new Date(Number(time) * 1000)

const clock = new Intl.DateTimeFormat('en-US', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'short' })
const month = new Intl.DateTimeFormat('en-US', { month: 'short', year: '2-digit' })
/** The library counts in UTC; the trader's clock does not. */
const tickFormats: Readonly<Record<TickMarkType, Intl.DateTimeFormat>> = {
  [TickMarkType.Year]: month,
  [TickMarkType.Month]: month,
  [TickMarkType.DayOfMonth]: day,
  [TickMarkType.Time]: clock,
  [TickMarkType.TimeWithSeconds]: clock,
}

/** Pixels from bar to bar: the newest come into view, however wide the chart is or becomes. */
const BAR_SPACING = 8
/** Bars of room after the newest. */
const ROOM = 4

/**
 * Candles over volume on a canvas. It is fed: all bars once, then the last one as
 * it grows. `remove` gives everything back.
 */
export class PricePlot {
  readonly #chart: IChartApi
  readonly #candles: ISeriesApi<'Candlestick'>
  readonly #volume: ISeriesApi<'Histogram'>
  readonly #marks: ISeriesMarkersPluginApi<Time>
  #palette: Palette
  #bars: Bar[] = []
  #shown = false

  constructor(container: HTMLElement, palette: Palette, onPoint: (start: number | undefined) => void) {
    this.#palette = palette
    this.#chart = createChart(container, {
      autoSize: true,
      crosshair: { mode: CrosshairMode.Magnet },
      localization: {
        priceFormatter: formatPrice,
        timeFormatter: (time: Time) => `${day.format(moment(time))} ${clock.format(moment(time))}`,
      },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.24 } },
      timeScale: {
        borderVisible: false,
        timeVisible: true,
        rightOffset: ROOM,
        barSpacing: BAR_SPACING,
        tickMarkFormatter: (time: Time, kind: TickMarkType) => tickFormats[kind].format(moment(time)),
      },
    })
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    })
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } })
    this.#candles = this.#chart.addSeries(CandlestickSeries, { borderVisible: false })
    this.#marks = createSeriesMarkers(this.#candles, [])
    this.#chart.subscribeCrosshairMove(({ time }) =>
      onPoint(time === undefined ? undefined : Number(time) * 1000),
    )
    this.#chart.timeScale().subscribeSizeChange(() => this.#show())
    this.#paint()
  }

  setPalette(palette: Palette): void {
    this.#palette = palette
    this.#paint()
  }

  /** All bars, oldest first. What is in view stays in view. */
  setBars(bars: readonly Bar[]): void {
    this.#bars = [...bars]
    this.#candles.setData(bars.map(candleOf))
    this.#paintVolume()
    this.#show()
  }

  /** The last bar as it is now, or the one after it. */
  grow(bar: Bar): void {
    const last = this.#bars.at(-1)
    if (last && last.start > bar.start) return // the library takes nothing from the past
    if (last?.start === bar.start) this.#bars.pop()
    this.#bars.push(bar)
    this.#candles.update(candleOf(bar))
    this.#volume.update(this.#column(bar))
  }

  setMarks(marks: readonly Mark[]): void {
    this.#marks.setMarkers(
      marks.map(({ start, side, quantity }) => ({
        time: seconds(start),
        position: side === 'buy' ? 'belowBar' : 'aboveBar',
        shape: side === 'buy' ? 'arrowUp' : 'arrowDown',
        color: this.#palette.accent,
        text: `${side === 'buy' ? 'B' : 'S'} ${formatQuantity(quantity)}`,
      })),
    )
  }

  remove(): void {
    this.#chart.remove()
  }

  /** Brings the newest bars into view, once there is room: a phone may have mounted the chart out of sight. */
  #show(): void {
    const timeScale = this.#chart.timeScale()
    if (this.#shown || this.#bars.length === 0 || timeScale.width() === 0) return
    this.#shown = true
    timeScale.scrollToPosition(ROOM, false)
  }

  #paint(): void {
    const { up, down, text, line, panel } = this.#palette
    const grid = { color: line }
    this.#chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: panel },
        textColor: text,
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 11,
      },
      grid: { vertLines: { visible: false }, horzLines: grid },
      crosshair: {
        vertLine: { color: text, labelBackgroundColor: text },
        horzLine: { color: text, labelBackgroundColor: text },
      },
    })
    this.#candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down })
    this.#paintVolume()
  }

  #paintVolume(): void {
    this.#volume.setData(this.#bars.map((bar) => this.#column(bar)))
  }

  #column({ start, open, close, volume }: Bar) {
    const { upWash, downWash } = this.#palette
    return { time: seconds(start), value: volume, color: close >= open ? upWash : downWash }
  }
}

const candleOf = ({ start, open, high, low, close }: Bar) => ({
  time: seconds(start),
  open,
  high,
  low,
  close,
})
