using SpectralEarth.Scenes;

namespace SpectralEarth.Tests.Scenes;

public sealed class MapProjectionTests
{
    // Expected values from PROJ 9 (gdaltransform -s_srs EPSG:... -t_srs EPSG:4326).
    [TestCase(32633, 366495, 5807565, 13.03757118, 52.40201686)]
    [TestCase(32601, 500000, 0, -177, 0)]
    [TestCase(32733, 300015, 6200025, 12.82639798, -34.32178265)]
    [TestCase(32660, 700005, 8000025, -177.18907031, 72.01287493)]
    public void Positions_in_UTM_agree_with_PROJ(int epsg, double easting, double northing, double longitude, double latitude)
    {
        var found = MapProjection.ToLongitudeLatitude(epsg, easting, northing);

        Assert.That(found.Longitude, Is.EqualTo(longitude).Within(1e-6));
        Assert.That(found.Latitude, Is.EqualTo(latitude).Within(1e-6));
    }

    [TestCase(32660)]
    [TestCase(32760)]
    public void A_footprint_across_the_180th_meridian_goes_on_beyond_180(int epsg)
    {
        var (left, top) = MapProjection.FromLongitudeLatitude(epsg, 179.995, epsg == 32660 ? 17 : -17);

        var longitudes = MapProjection.Footprint(epsg, new GeoTransform(left, top, 30), side: 64).Select(corner => corner.Longitude).ToArray();

        Assert.That(longitudes.Min(), Is.EqualTo(179.995).Within(0.001));
        Assert.That(longitudes.Max(), Is.EqualTo(180.013).Within(0.001));
    }

    [TestCase(3035)]
    [TestCase(4326)]
    [TestCase(32661)]
    public void Other_systems_are_refused(int epsg) =>
        Assert.That(() => MapProjection.ToLongitudeLatitude(epsg, 0, 0), Throws.TypeOf<SceneException>().With.Message.StartsWith($"EPSG:{epsg} is no UTM zone;"));
}
