/** The places that the platform lets us ask for. */
export type Region = 'wnam' | 'enam' | 'sam' | 'weur' | 'eeur' | 'apac' | 'oc' | 'afr' | 'me'

type Place = { readonly continent?: unknown; readonly longitude?: unknown }

const byContinent: Readonly<Record<string, Region>> = {
  AF: 'afr',
  EU: 'weur',
  NA: 'enam',
  OC: 'oc',
  SA: 'sam',
}
/** Between these the Near and Middle East, with Central Asia; east of them the rest of Asia. */
const middleEast = { from: 25, to: 75 }
const easternEuropeFrom = 20
const westernAmericaTo = -100

/**
 * Where a reader's hub should be (https://developers.cloudflare.com/durable-objects/reference/data-location/), from where
 * their connection came in. It chooses the hub and is kept nowhere.
 */
export function regionOf(place: Place | undefined): Region {
  const longitude = Number(place?.longitude)
  switch (place?.continent) {
    case 'AS':
      return longitude >= middleEast.from && longitude < middleEast.to ? 'me' : 'apac'
    case 'EU':
      return longitude >= easternEuropeFrom ? 'eeur' : 'weur'
    case 'NA':
      return longitude <= westernAmericaTo ? 'wnam' : 'enam'
    default:
      return byContinent[String(place?.continent)] ?? 'weur'
  }
}
