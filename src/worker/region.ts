/** The location hints of the platform. */
export type Region = 'wnam' | 'enam' | 'sam' | 'weur' | 'eeur' | 'apac' | 'oc' | 'afr' | 'me'

type Place = { readonly continent?: unknown; readonly longitude?: unknown }

const byContinent: Readonly<Record<string, Region>> = {
  AF: 'afr',
  EU: 'weur',
  NA: 'enam',
  OC: 'oc',
  SA: 'sam',
}
/** The longitudes between which the Near and Middle East and Central Asia lie; the rest of Asia is east of them. */
const middleEast = { from: 25, to: 75 }
const easternEuropeFrom = 20
const westernAmericaTo = -100

/**
 * The location of a reader's hub (https://developers.cloudflare.com/durable-objects/reference/data-location/), from where
 * the connection arrived. It is used to choose the hub, and is not stored.
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
