using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tests.Shards;

/// <summary>Where UTM zones meet, one ground has places on two grids.</summary>
public sealed class ZoneOverlapsTests
{
    private const int Side = 16;
    private const int North33 = 32633;
    private const int North32 = 32632;
    private static readonly SplitOptions Options = new() { PatchSize = Side, BlockSize = 2, ValidationFraction = 0, TestFraction = 0.4, Seed = 4 };
    private static readonly PatchGround Whole = Options.Ground;

    [TestCase(North32, North33, 12, 52.4)]
    [TestCase(North33, 32733, 15, 0)]
    [TestCase(32601, 32660, 180, -0.001)]
    [TestCase(32601, 32660, -180, 70)]
    public void Patches_of_two_zones_overlap_where_their_pixels_do(int one, int other, double longitude, double latitude)
    {
        PatchInfo[] catalog = [.. Square(one, longitude, latitude, 5, "a"), .. Square(other, longitude, latitude, 4, "b")];

        var found = ZoneOverlaps.Find(catalog, Whole).Select(pair => (catalog[pair.First].LocationId, catalog[pair.Second].LocationId)).ToHashSet();

        var certain = Pairs(catalog, one, other, margin: 0);
        Assert.That(certain, Is.Not.Empty);
        Assert.That(certain.Except(found), Is.Empty, "overlaps not found");
        Assert.That(found.Except(Pairs(catalog, one, other, margin: 1)), Is.Empty, "no overlaps, but found");
    }

    [Test]
    public void What_overhangs_a_scene_overlaps_nothing_in_another_zone()
    {
        // Patches of the second zone see their upper left pixel only.
        PatchInfo[] catalog = [.. Square(North32, 12, 52.4, 5, "a"), .. Square(North33, 12, 52.4, 4, "b").Select(patch => patch with { SceneColumn = 0, SceneRow = 0 })];

        var whole = ZoneOverlaps.Find(catalog, Whole);
        var clipped = ZoneOverlaps.Find(catalog, new PatchGround(Side, new Dictionary<string, (int Width, int Height)> { ["b"] = (1, 1) }));

        Assert.That(clipped, Is.SubsetOf(whole).And.Count.InRange(12, whole.Count / 2));
    }

    [TestCase(SplitUnit.Block)]
    [TestCase(SplitUnit.Patch)]
    public void No_ground_lies_in_two_parts_of_a_split_where_zones_meet(SplitUnit unit)
    {
        PatchInfo[] catalog = [.. Square(North33, 12, 52.4, 12, "a"), .. Square(North32, 12, 52.4, 6, "b")];

        var split = SpatialSplit.Assign(catalog, Options with { Unit = unit });

        var (train, test) = (split.Train.Select(Name).ToHashSet(), split.Test.Select(Name).ToHashSet());
        var shared = Pairs(catalog, North32, North33, margin: 0)
            .Where(pair => (train.Contains(pair.First) && test.Contains(pair.Second)) || (test.Contains(pair.First) && train.Contains(pair.Second)));
        Assert.That(shared, Is.Empty);
        Assert.That(SplitOverlap.Find(catalog, Whole, split), Is.Null);
        Assert.That(train.Concat(test).Count(name => name.StartsWith($"{North32}", StringComparison.Ordinal)), Is.EqualTo(36), "of the lower code none is dropped");
        Assert.That(split.DroppedLocations, Is.InRange(1, 72));
        Assert.That(train.Count + test.Count + split.DroppedLocations, Is.EqualTo(catalog.Length));

        string Name(int patch) => catalog[patch].LocationId;
    }

    [Test]
    public void Scenes_of_two_zones_that_show_the_same_ground_stay_together()
    {
        PatchInfo[] catalog =
        [
            .. Square(North33, 12, 52.4, 4, "a"), .. Square(North32, 12, 52.4, 4, "b"),
            .. Square(North33, 12, 53.4, 4, "c"), .. Square(North32, 12, 54.4, 4, "d"),
        ];

        for (var seed = 1; seed <= 8; seed++)
        {
            var split = SpatialSplit.Assign(catalog, Options with { Unit = SplitUnit.Scene, Seed = seed });

            var scenes = split.Parts.Select(part => part.Select(patch => catalog[patch].SceneId).Distinct().Order().ToArray()).ToArray();
            Assert.That(scenes.Count(part => part.Contains("a") && part.Contains("b")), Is.EqualTo(1));
            Assert.That(scenes.Sum(part => part.Length), Is.EqualTo(4));
        }
    }

    [Test]
    public void A_split_that_puts_the_ground_of_two_zones_into_two_parts_is_noticed()
    {
        PatchInfo[] catalog = [.. Square(North33, 12, 52.4, 3, "a"), .. Square(North32, 12, 52.4, 3, "b"), .. Square(North32, 12, 54.4, 3, "c")];

        var shared = SplitOverlap.Find(catalog, Whole, Split([.. Enumerable.Range(0, 9)], [.. Enumerable.Range(9, 18)]));
        var apart = SplitOverlap.Find(catalog, Whole, Split([.. Enumerable.Range(0, 18)], [.. Enumerable.Range(18, 9)]));

        Assert.That(shared?.First, Does.StartWith($"{North32}"));
        Assert.That(shared?.Second, Does.StartWith($"{North33}"));
        Assert.That(apart, Is.Null);
    }

    private static DatasetSplit Split(int[] train, int[] test) => new() { Train = train, Validation = [], Test = test, DroppedLocations = 0 };

    /// <summary>Neighbouring patches of the grid around a point.</summary>
    private static IEnumerable<PatchInfo> Square(int epsg, double longitude, double latitude, int count, string scene)
    {
        var (easting, northing) = MapProjection.FromLongitudeLatitude(epsg, longitude, latitude);
        var (left, top) = (15 + (30 * Side * Math.Floor(easting / 30 / Side)), 10_000_005 - (30 * Side * Math.Floor((10_000_005 - northing) / 30 / Side)));
        return from row in Enumerable.Range(0, count)
               from column in Enumerable.Range(0, count)
               let place = new GeoTransform(left, top, 30).Shifted((column - (count / 2)) * Side, (row - (count / 2)) * Side)
               select SmallDataset.Info(row, column, 0, Side) with
               {
                   LocationId = FormattableString.Invariant($"{epsg}-{scene}-{row}-{column}"),
                   SceneId = scene,
                   Epsg = epsg,
                   Left = place.Left,
                   Top = place.Top,
                   Footprint = MapProjection.Footprint(epsg, place, Side),
               };
    }

    /// <summary>Locations of which one has a pixel with its centre in the other, or at most <paramref name="margin"/> pixels beside it.</summary>
    private static HashSet<(string First, string Second)> Pairs(PatchInfo[] catalog, int one, int other, double margin)
    {
        var pairs = new HashSet<(string, string)>();
        foreach (var second in catalog.Where(patch => patch.Epsg == other))
            for (var pixel = 0; pixel < Side * Side; pixel++)
            {
                var (easting, northing) = new GeoTransform(second.Left, second.Top, 30).ToMap((pixel % Side) + 0.5, (pixel / Side) + 0.5);
                var (longitude, latitude) = MapProjection.ToLongitudeLatitude(other, easting, northing);
                var (x, y) = MapProjection.FromLongitudeLatitude(one, longitude, latitude);
                foreach (var first in catalog.Where(patch => patch.Epsg == one))
                    if (Math.Abs(((x - first.Left) / 30) - (Side / 2)) <= (Side / 2) + margin && Math.Abs(((first.Top - y) / 30) - (Side / 2)) <= (Side / 2) + margin)
                        pairs.Add((first.LocationId, second.LocationId));
            }

        return pairs;
    }
}
