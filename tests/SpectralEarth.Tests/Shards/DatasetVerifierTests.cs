using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class DatasetVerifierTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void WriteDataset()
    {
        folder = new TemporaryFolder();
        TestDataset.Write(folder.Path, SmallDataset.Labelled, SmallDataset.Patches(labels: true));
    }

    [TearDown]
    public void DeleteDataset() => folder.Dispose();

    [Test]
    public void A_sound_data_set_has_no_problems_and_all_patches_are_looked_at()
    {
        var told = new List<VerifyProgress>();

        var report = DatasetVerifier.Run(folder.Path, new Told<VerifyProgress>(told.Add));

        Assert.That(report.Problems, Is.Empty);
        Assert.That((report.Patches, report.Files), Is.EqualTo((18, 7)));
        Assert.That(report.Bytes, Is.EqualTo(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("checksums.txt", StringComparison.Ordinal)).Sum(file => new FileInfo(file).Length)));
        Assert.That(told.Select(one => one.Patches), Is.EqualTo(Enumerable.Range(1, 18)));
    }

    // Every byte near the ends, where Parquet keeps its magic numbers and footer, and many between; every bit.
    [TestCase("shards/shard-00001.parquet", 250)]
    [TestCase("shards/shard-00003.parquet", 150)]
    [TestCase("catalog.parquet", 300)]
    [TestCase("statistics.parquet", 80)]
    [TestCase("checksums.txt", 80)]
    [TestCase("dataset.yaml", 80)]
    public void Any_flipped_bit_is_found(string name, int flips)
    {
        var path = folder.File(name);
        var sound = File.ReadAllBytes(path);
        var random = new SeededRandom(3, "flip");
        var places = Enumerable.Range(0, flips).Select(number => number switch
        {
            < 8 => number,
            < 48 => sound.Length - 1 - (number - 8),
            _ => random.NextInt(sound.Length),
        });
        foreach (var place in places.Where(place => place < sound.Length))
        {
            var damaged = sound.ToArray();
            damaged[place] ^= (byte)(1 << random.NextInt(8));
            File.WriteAllBytes(path, damaged);

            Assert.That(DatasetVerifier.Run(folder.Path).Problems, Is.Not.Empty, $"byte {place} of {sound.Length}");
        }

        File.WriteAllBytes(path, sound);
        Assert.That(DatasetVerifier.Run(folder.Path).Problems, Is.Empty);
    }

    [Test]
    public void Each_bad_row_is_named_with_location_and_scene_and_the_others_are_still_looked_at()
    {
        var catalog = Dataset.Open(folder.Path).Catalog;
        foreach (var info in new[] { catalog[2], catalog[7], catalog[8] })
        {
            var path = folder.File("shards/" + info.Shard);
            var bytes = File.ReadAllBytes(path);
            bytes[info.Bytes.Pixels + 40] ^= 1;
            File.WriteAllBytes(path, bytes);
        }

        var report = DatasetVerifier.Run(folder.Path);

        var rows = report.Problems.Where(one => one.Row is not null).ToArray();
        Assert.That(report.Patches, Is.EqualTo(18));
        Assert.That(rows.Select(one => (one.LocationId, one.SceneId)), Is.EqualTo(new[] { 2, 7, 8 }.Select(row => (catalog[row].LocationId, catalog[row].SceneId))));
        Assert.That(rows[0].ToString(), Does.StartWith($"shards/shard-00000.parquet: row 2, location {catalog[2].LocationId}, scene scene-0: "));
        Assert.That(report.Problems.Where(one => one.Row is null).Select(one => one.File), Is.EqualTo(new[] { "shards/shard-00000.parquet", "shards/shard-00001.parquet" }));
    }

    [Test]
    public void Patches_of_a_shard_whose_footer_is_gone_are_still_looked_at()
    {
        var path = folder.File("shards/shard-00002.parquet");
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length - 60).Clear();
        var info = Dataset.Open(folder.Path).Catalog.Last(row => row.Shard == "shard-00002.parquet");
        bytes[info.Bytes.Labels + 3] ^= 1;
        File.WriteAllBytes(path, bytes);

        var problems = DatasetVerifier.Run(folder.Path).Problems;

        Assert.That(problems.Select(one => one.ToString()), Has.Some.Contains("bytes have changed").And.Some.Contains($"row 4, location {info.LocationId}"));
        Assert.That(problems.Count(one => one.Row is not null), Is.EqualTo(1));
    }

    [Test]
    public void A_catalog_that_does_not_fit_the_shards_is_found_although_all_files_are_as_listed()
    {
        var rows = Dataset.Open(folder.Path).Catalog.ToArray();
        (rows[3], rows[4]) = (rows[4], rows[3]);
        rows[9] = rows[9] with { SceneId = "another" };
        rows[11] = rows[11] with { Bytes = rows[12].Bytes };
        Rewrite(rows);

        var problems = DatasetVerifier.Run(folder.Path).Problems.Select(one => one.ToString()).ToArray();

        Assert.That(problems, Has.Some.Contains("catalog.parquet: fingerprint"));
        Assert.That(problems, Has.Some.Contains("catalog.parquet: row 4").And.Some.Contains("not in order"));
        Assert.That(problems, Has.Some.Contains("scene_id is 'scene-1', expected 'another'"));
        Assert.That(problems, Has.Some.Contains("row 1, location " + rows[11].LocationId).And.Some.Contains("checksum"));
        Assert.That(problems, Has.None.Contains("bytes have changed"));
    }

    [Test]
    public void Missing_and_foreign_files_are_found()
    {
        File.Move(folder.File("shards/shard-00001.parquet"), folder.File("shards/shard-00009.parquet"));
        File.Delete(folder.File("statistics.parquet"));

        var problems = DatasetVerifier.Run(folder.Path).Problems.Select(one => one.ToString()).ToArray();

        Assert.That(problems, Has.Some.Contains("shard-00001.parquet: the file is missing, and with it 5 patches"));
        Assert.That(problems, Has.Some.Contains("shard-00009.parquet: checksums.txt does not name this file"));
        Assert.That(problems, Has.Some.Contains("statistics.parquet: the file is missing"));
    }

    [Test]
    public void Statistics_that_are_not_those_of_the_pixels_and_unknown_label_codes_are_found()
    {
        var dataset = Dataset.Open(folder.Path);
        var (sound, counts) = (dataset.ReadStatistics(), dataset.ReadStatistics());
        counts.AddCount(4, 77, 3);
        StatisticsFile.Write(folder.File("statistics.parquet"), counts);
        ManifestFile.Write(folder.Path, dataset.Manifest with { Statistics = counts.ToChannels() });
        Relist();
        Assert.That(DatasetVerifier.Run(folder.Path).Problems.Select(one => one.ToString()), Is.EqualTo(new[] { "dataset.yaml: 'statistics' are not those of the pixels." }));

        StatisticsFile.Write(folder.File("statistics.parquet"), sound);
        ManifestFile.Write(folder.Path, dataset.Manifest with { Classes = [dataset.Manifest.Classes[0]] });
        Relist();
        Assert.That(DatasetVerifier.Run(folder.Path).Problems.Select(one => one.ToString()), Has.Some.Contains("label code 2 is no class"));
    }

    [Test]
    public void A_folder_without_a_data_set_is_refused()
    {
        var error = Assert.Throws<DatasetException>(() => DatasetVerifier.Run(folder.File("shards")));

        Assert.That(error!.Message, Does.Contain("not a data set"));
    }

    private void Rewrite(PatchInfo[] rows)
    {
        CatalogFile.Write(folder.File("catalog.parquet"), rows);
        Relist();
    }

    private void Relist() => ChecksumList.Write(folder.Path, ChecksumList.Read(folder.Path).Keys.Select(name => (name, SpectralEarth.Storage.Checksum.OfFile(folder.File(name)))));
}
