using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tests.Shards;

public sealed class SpatialSplitTests
{
    private static readonly SplitOptions Options = new() { PatchSize = 16, BlockSize = 2, Seed = 4 };

    [Test]
    public void Every_patch_is_in_one_part_and_the_shares_are_near_the_fractions()
    {
        var catalog = Square(20, dates: 2);

        var split = SpatialSplit.Assign(catalog, Options);

        Assert.That(split.Train.Concat(split.Validation).Concat(split.Test).Order(), Is.EqualTo(Enumerable.Range(0, 800)));
        Assert.That(split.Test.Count / 800.0, Is.EqualTo(0.2).Within(0.02));
        Assert.That(split.Validation.Count / 800.0, Is.EqualTo(0.1).Within(0.02));
        Assert.That(split.DroppedLocations, Is.Zero);
    }

    [Test]
    public void Dates_of_a_location_and_patches_of_a_block_stay_together()
    {
        var catalog = Square(12, dates: 3);

        var split = SpatialSplit.Assign(catalog, Options);

        var part = Parts(split, catalog.Count);
        foreach (var block in Enumerable.Range(0, catalog.Count).GroupBy(patch => Block(catalog[patch])))
            Assert.That(block.Select(patch => part[patch]).Distinct().Count(), Is.EqualTo(1), $"{block.Key}");
    }

    [Test]
    public void Overlapping_locations_share_no_pixel_across_parts()
    {
        var catalog = Square(24, dates: 1, stride: 8);

        var split = SpatialSplit.Assign(catalog, Options);

        var part = Parts(split, catalog.Count);
        var owner = new Dictionary<(int, int), int>();
        for (var patch = 0; patch < catalog.Count; patch++)
            for (var pixel = 0; pixel < 256 && part[patch] > 0; pixel++)
            {
                var key = ((int)((10_000_005 - catalog[patch].Top) / 30) + (pixel / 16), (int)((catalog[patch].Left - 15) / 30) + (pixel % 16));
                if (!owner.TryAdd(key, part[patch]))
                    Assert.That(owner[key], Is.EqualTo(part[patch]));
            }

        Assert.That(split.DroppedLocations, Is.GreaterThan(0));
        Assert.That(split.Train.Count + split.Validation.Count + split.Test.Count + split.DroppedLocations, Is.EqualTo(catalog.Count));
    }

    [Test]
    public void A_class_in_three_blocks_appears_in_every_part()
    {
        var catalog = Square(10, dates: 1);
        var random = new SeededRandom(1, "counts");
        var counts = catalog.Select(_ => new long[] { 100 + random.NextInt(50), random.NextInt(3) == 0 ? 40 : 0, 0 }).ToArray();
        // The third class lies in just three places far from one another.
        (counts[0][2], counts[55][2], counts[99][2]) = (10, 10, 10);

        var split = SpatialSplit.Assign(catalog, Options with { ClassCounts = counts });

        foreach (var part in new[] { split.Train, split.Validation, split.Test })
            for (var label = 0; label < 3; label++)
                Assert.That(part.Sum(patch => counts[patch][label]), Is.GreaterThan(0), $"class {label}");
        Assert.That(split.Test.Sum(patch => counts[patch][1]) / (double)counts.Sum(count => count[1]), Is.EqualTo(0.2).Within(0.05));
    }

    [Test]
    public void Equal_seeds_give_equal_splits_and_others_differ()
    {
        var catalog = Square(12, dates: 1);

        var (one, again, other) = (SpatialSplit.Assign(catalog, Options), SpatialSplit.Assign(catalog, Options), SpatialSplit.Assign(catalog, Options with { Seed = 5 }));

        Assert.That(again.Test, Is.EqualTo(one.Test));
        Assert.That(again.Validation, Is.EqualTo(one.Validation));
        Assert.That(other.Test, Is.Not.EqualTo(one.Test));
    }

    [Test]
    public void No_validation_is_possible_and_impossible_fractions_are_refused()
    {
        var catalog = Square(6, dates: 1);

        var split = SpatialSplit.Assign(catalog, Options with { ValidationFraction = 0 });

        Assert.That(split.Validation, Is.Empty);
        Assert.That(() => SpatialSplit.Assign(catalog, Options with { TestFraction = 0.9, ValidationFraction = 0.1 }), Throws.ArgumentException.With.Message.EndsWith("leave a part to train on."));
        Assert.That(() => SpatialSplit.Assign(catalog, Options with { TestFraction = double.NaN }), Throws.ArgumentException.With.Message.EndsWith("leave a part to train on."));
        Assert.That(() => SpatialSplit.Assign(catalog, Options with { BlockSize = 0 }), Throws.ArgumentException.With.Message.EndsWith("must be at least 1."));
        Assert.Throws<ArgumentException>(() => SpatialSplit.Assign(catalog, Options with { ClassCounts = [] }));
    }

    /// <summary>Such images stand in a row, at multiples of twice their side from easting 0, while the grid begins at 15 m.</summary>
    [TestCase(1)]
    [TestCase(4)]
    public void Images_whose_place_on_Earth_is_not_known_are_blocks_of_their_own(int blockSize)
    {
        PatchInfo[] images = [.. Enumerable.Range(0, 60).Select(number => SmallDataset.Info(0, number, date: 0) with { Epsg = GroundGrid.UnknownPlace, PixelSizeM = 2, Left = 2 * 16 * 2 * number, Top = 0 })];

        var split = SpatialSplit.Assign(images, Options with { BlockSize = blockSize });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(split.DroppedLocations, Is.Zero);
            Assert.That((split.Train.Count, split.Validation.Count, split.Test.Count), Is.EqualTo((42, 6, 12)));
            Assert.That(SuitableBlocks.SideFor(images, patchSize: 16), Is.EqualTo(1));
        }
    }

    /// <summary>Imported patches lie anywhere; here a third of a patch beside the lattice of blocks, touching, at two dates.</summary>
    [TestCase(1)]
    [TestCase(2)]
    public void Patches_that_share_no_ground_are_all_used_wherever_the_edges_of_blocks_are(int blockSize)
    {
        PatchInfo[] patches = [.. Square(10, dates: 2).Select(patch => patch with { Left = patch.Left + (5 * 30), Top = patch.Top - (5 * 30) })];

        var split = SpatialSplit.Assign(patches, Options with { BlockSize = blockSize });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(split.DroppedLocations, Is.Zero);
            Assert.That(split.Train.Concat(split.Validation).Concat(split.Test).Order(), Is.EqualTo(Enumerable.Range(0, 200)));
            Assert.That(split.Test.Count / 200.0, Is.EqualTo(0.2).Within(0.03));
            Assert.That(SplitOverlap.Find(patches, Options.Ground, split), Is.Null);
        }
    }

    [Test]
    public void One_overlapping_pair_among_lone_patches_shares_no_pixel_across_parts()
    {
        PatchInfo[] patches =
        [
            .. Square(10, dates: 1).Select(patch => patch with { Left = patch.Left + (5 * 30), Top = patch.Top - (5 * 30) }),
            SmallDataset.Info(3, 3, date: 0) with { LocationId = "beside" },
        ];

        for (var seed = 0; seed < 20; seed++)
        {
            var split = SpatialSplit.Assign(patches, Options with { BlockSize = 1, Seed = seed });

            Assert.That(SplitOverlap.Find(patches, Options.Ground, split), Is.Null);
            Assert.That(split.DroppedLocations, Is.LessThanOrEqualTo(5), "the patch and the four that it overlaps");
        }
    }

    private static List<PatchInfo> Square(int side, int dates, int stride = 16) =>
        [.. from row in Enumerable.Range(0, side)
            from column in Enumerable.Range(0, side)
            from date in Enumerable.Range(0, dates)
            select SmallDataset.Info(row, column, date, stride: stride)];

    private static int[] Parts(DatasetSplit split, int count)
    {
        var parts = new int[count];
        foreach (var (indices, part) in new[] { (split.Train, 1), (split.Validation, 2), (split.Test, 3) })
            foreach (var index in indices)
                parts[index] = part;
        return parts;
    }

    private static (int, int) Block(PatchInfo patch) =>
        ((int)((10_000_005 - patch.Top) / 30 / 32), (int)((patch.Left - 15) / 30 / 32));
}
