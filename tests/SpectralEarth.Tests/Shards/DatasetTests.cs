using DuckDB.NET.Data;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Storage;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class DatasetTests
{
    [TestCase("raw", false)]
    [TestCase("spectral-rice", false)]
    [TestCase("spectral-rice", true)]
    public void A_data_set_gives_back_every_patch(string codec, bool labels)
    {
        using var folder = new TemporaryFolder();
        var patches = SmallDataset.Patches(labels: labels);
        var manifest = (labels ? SmallDataset.Labelled : SmallDataset.Manifest) with { Codec = codec };

        TestDataset.Write(folder.Path, manifest, patches.AsEnumerable().Reverse());
        var dataset = Dataset.Open(folder.Path);

        Assert.That(dataset.Catalog, Has.Count.EqualTo(patches.Count));
        for (var index = 0; index < patches.Count; index++)
        {
            var (expected, found) = (patches[index], dataset.Read(index));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(found.Info.LocationId, Is.EqualTo(expected.Info.LocationId));
                Assert.That(found.Info.Time, Is.EqualTo(expected.Info.Time));
                Assert.That(found.Pixels, Is.EqualTo(expected.Pixels));
                Assert.That(found.Validity, Is.EqualTo(expected.Validity));
                Assert.That(found.Labels, Is.EqualTo(expected.Labels));
            }
        }
    }

    [Test]
    public void Locations_are_listed_once_with_their_dates()
    {
        using var folder = new TemporaryFolder();
        TestDataset.Write(folder.Path, SmallDataset.Manifest, SmallDataset.Patches());
        var dataset = Dataset.Open(folder.Path);

        DatasetLocation[] locations = [.. DatasetLocation.Of(dataset)];

        Assert.That(locations.Select(one => one.LocationId), Is.Unique.And.EqualTo(dataset.Catalog.Select(patch => patch.LocationId).Distinct()));
        Assert.That(locations.Sum(one => one.Times.Count), Is.EqualTo(dataset.Catalog.Count));
        Assert.That(locations[0].Longitude, Is.EqualTo(dataset.Catalog[0].Footprint.Average(corner => corner.Longitude)));
    }

    [TestCase("dataset.yaml")]
    [TestCase("checksums.txt")]
    [TestCase("catalog.parquet")]
    [TestCase("shards/shard-00000.parquet")]
    [TestCase("shards/../statistics.parquet")]
    public void A_split_replaces_no_file_of_its_data_set(string name)
    {
        using var folder = new TemporaryFolder();
        TestDataset.Write(folder.Path, SmallDataset.Manifest, SmallDataset.Patches());
        var before = FolderContent.Of(folder.Path);
        var dataset = Dataset.Open(folder.Path);
        var split = new DatasetSplit { Train = [.. Enumerable.Range(0, dataset.Catalog.Count)], Validation = [], Test = [], DroppedLocations = 0 };

        Assert.That(() => SplitFile.Write(folder.File(name), dataset, split), Throws.TypeOf<DatasetException>().With.Message.Contains("would replace a file of the data set"));
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(before));

        SplitFile.Write(folder.File("split.csv"), dataset, split);
        SplitFile.Write(folder.File("split.csv"), dataset, split);
    }

    [Test]
    public void The_catalog_keeps_every_field()
    {
        using var folder = new TemporaryFolder();
        var written = TestDataset.Write(folder.Path, SmallDataset.Manifest, SmallDataset.Patches());

        var (row, expected) = (Dataset.Open(folder.Path).Catalog[3], SmallDataset.Info(0, 1, 1));

        Assert.That(row.Footprint, Is.EqualTo(expected.Footprint));
        Assert.That(row.Time.Kind, Is.EqualTo(DateTimeKind.Utc));
        Assert.That(
            row with { Footprint = expected.Footprint },
            Is.EqualTo(expected with { Shard = "shard-00000.parquet", ShardRow = 3, Checksum = row.Checksum, Bytes = row.Bytes }));
        Assert.That(written.Manifest.Patches, Is.EqualTo(18));
    }

    [Test]
    public void Equal_patches_in_another_order_give_equal_bytes()
    {
        using var folder = new TemporaryFolder();
        var patches = SmallDataset.Patches(labels: true);

        TestDataset.Write(folder.File("one"), SmallDataset.Labelled, patches);
        TestDataset.Write(folder.File("two"), SmallDataset.Labelled, patches.AsEnumerable().Reverse());

        var names = FolderContent.Names(folder.File("one"));
        Assert.That(names, Has.Member("shards/shard-00003.parquet").And.Member("catalog.parquet").And.Member("dataset.yaml"));
        Assert.That(FolderContent.Of(folder.File("two")), Is.EqualTo(FolderContent.Of(folder.File("one"))));
    }

    [Test]
    public void The_fingerprint_knows_patches_but_not_codec_or_shards()
    {
        using var folder = new TemporaryFolder();
        var patches = SmallDataset.Patches();

        var first = TestDataset.Write(folder.File("a"), SmallDataset.Manifest, patches).Manifest;
        var raw = TestDataset.Write(folder.File("b"), SmallDataset.Manifest with { Codec = "raw" }, patches, patchesPerShard: 100).Manifest;
        patches[4].Pixels[0]++;
        var other = TestDataset.Write(folder.File("c"), SmallDataset.Manifest, patches).Manifest;

        Assert.That(raw.Fingerprint, Is.EqualTo(first.Fingerprint));
        Assert.That(other.Fingerprint, Is.Not.EqualTo(first.Fingerprint));
    }

    [Test]
    public void Any_flipped_byte_of_the_pixels_is_noticed_and_the_patch_named()
    {
        using var folder = new TemporaryFolder();
        var dataset = TestDataset.Write(folder.Path, SmallDataset.Labelled, SmallDataset.Patches(labels: true));
        var info = dataset.Catalog[7];
        var shard = Path.Combine(folder.Path, "shards", info.Shard);
        var bytes = File.ReadAllBytes(shard);
        long[] places = [info.Bytes.Pixels + 1, info.Bytes.Pixels + (info.Bytes.PixelsLength / 2), info.Bytes.Validity, info.Bytes.Labels + 9];

        foreach (var place in places)
        {
            var damaged = bytes.ToArray();
            damaged[place] ^= 0x10;
            File.WriteAllBytes(shard, damaged);

            var error = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path).Read(7));

            Assert.That(error!.Message, Does.Contain(info.Shard).And.Contain(info.LocationId).And.Contain(info.SceneId));
        }
    }

    [Test]
    public void A_missing_a_cut_and_a_foreign_shard_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        TestDataset.Write(folder.File("a"), SmallDataset.Manifest, SmallDataset.Patches());
        TestDataset.Write(folder.File("b"), SmallDataset.Manifest with { Codec = "raw" }, SmallDataset.Patches());
        var shard = folder.File("a/shards/shard-00000.parquet");
        var bytes = File.ReadAllBytes(shard);

        File.WriteAllBytes(shard, bytes[..^50]);
        var cut = Assert.Throws<DatasetException>(() => Dataset.Open(folder.File("a")).Read(0));
        File.Copy(folder.File("b/shards/shard-00000.parquet"), shard, overwrite: true);
        var foreign = Assert.Throws<DatasetException>(() => Dataset.Open(folder.File("a")).Read(0));
        File.Delete(shard);
        var missing = Assert.Throws<DatasetException>(() => Dataset.Open(folder.File("a")).Read(0));

        Assert.That(cut!.Message, Does.Contain("shard-00000.parquet").And.Contain("not a readable Parquet file"));
        Assert.That(foreign!.Message, Does.Contain("codec is raw").And.Contain("spectral-rice"));
        Assert.That(missing!.Message, Does.Contain("missing"));
    }

    [Test]
    public void Folders_that_are_no_finished_data_set_are_refused_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        TestDataset.Write(folder.Path, SmallDataset.Manifest, SmallDataset.Patches());
        var manifest = File.ReadAllText(folder.File("dataset.yaml"));

        File.WriteAllText(folder.File("dataset.yaml"), manifest.Replace("format_version: 1", "format_version: 9\nnew_key: 1", StringComparison.Ordinal));
        var newer = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path));
        File.WriteAllText(folder.File("dataset.yaml"), manifest.Replace("patches: 18", "patches: 17", StringComparison.Ordinal));
        var disagrees = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path));
        File.WriteAllText(folder.File("dataset.yaml"), manifest.Replace("patch_size: 16", "patch_sise: 16", StringComparison.Ordinal));
        var wrongKey = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path));
        File.WriteAllText(folder.File("dataset.yaml"), manifest.Replace("bands: [", "bands: [1, ", StringComparison.Ordinal));
        var uneven = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path));
        File.Delete(folder.File("dataset.yaml"));
        var none = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path));
        Directory.CreateDirectory(folder.File(".work"));
        var unfinished = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path));

        Assert.That(newer!.Message, Does.Contain("format_version is '9'"));
        Assert.That(disagrees!.Message, Does.Contain("18 patches").And.Contain("17"));
        Assert.That(wrongKey!.Message, Does.Contain("patch_sise"));
        Assert.That(uneven!.Message, Does.Contain("expected one of each per band"));
        Assert.That(none!.Message, Does.Contain("not a data set"));
        Assert.That(unfinished!.Message, Does.Contain("unfinished"));
    }

    [Test]
    public void A_damaged_catalog_and_one_of_another_data_set_are_refused()
    {
        using var folder = new TemporaryFolder();
        TestDataset.Write(folder.File("a"), SmallDataset.Manifest, SmallDataset.Patches());
        TestDataset.Write(folder.File("b"), SmallDataset.Manifest, SmallDataset.Patches(seed: 8));

        File.Copy(folder.File("b/catalog.parquet"), folder.File("a/catalog.parquet"), overwrite: true);
        var foreign = Assert.Throws<DatasetException>(() => Dataset.Open(folder.File("a")));
        ListAnew(folder.File("a"), "catalog.parquet");
        var listed = Assert.Throws<DatasetException>(() => Dataset.Open(folder.File("a")));
        File.WriteAllText(folder.File("a/catalog.parquet"), "no Parquet at all, but long enough to look at");
        var damaged = Assert.Throws<DatasetException>(() => Dataset.Open(folder.File("a")));

        Assert.That(foreign!.Message, Does.Contain("checksums.txt"));
        Assert.That(listed!.Message, Does.Contain("fingerprint"));
        Assert.That(damaged!.Message, Does.Contain("catalog.parquet"));
    }

    [TestCase(-1, 10)]
    [TestCase(100, -5)]
    [TestCase(100, int.MaxValue)]
    [TestCase(1L << 40, 10)]
    public void Impossible_positions_in_a_catalog_are_no_crash(long offset, int length)
    {
        using var folder = new TemporaryFolder();
        var dataset = TestDataset.Write(folder.Path, SmallDataset.Manifest, SmallDataset.Patches());
        var rows = dataset.Catalog.Select(row => row with { Bytes = row.Bytes with { Pixels = offset, PixelsLength = length } }).ToArray();
        CatalogFile.Write(folder.File("catalog.parquet"), rows);
        ListAnew(folder.Path, "catalog.parquet");

        var error = Assert.Throws<DatasetException>(() => Dataset.Open(folder.Path).Read(2));

        Assert.That(error!.Message, Does.Contain(rows[2].LocationId));
    }

    /// <summary>Enters the present checksum of a changed file, so that the checks behind the list are reached.</summary>
    private static void ListAnew(string dataset, string name) => ChecksumList.Write(dataset, ChecksumList.Read(dataset)
        .Select(file => (file.Key, file.Key == name ? Checksum.OfFile(Path.Combine(dataset, name)) : Convert.ToUInt64(file.Value, 16))));

    [Test]
    public void A_data_set_without_patches_is_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() => TestDataset.Write(folder.Path, SmallDataset.Manifest, []));
    }

    [Test]
    public void DuckDB_reads_catalog_and_shards()
    {
        using var folder = new TemporaryFolder();
        var dataset = TestDataset.Write(folder.Path, SmallDataset.Labelled with { Codec = "raw" }, SmallDataset.Patches(labels: true));
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();

        var joined = Query(connection, $"""
            select count(*), min(octet_length(s.pixels)), min(octet_length(s.validity)), min(octet_length(s.labels))
            from '{folder.Path}/shards/*.parquet' s join '{folder.Path}/catalog.parquet' c using (location_id, scene_id, time, checksum)
            """);
        var box = Query(connection, $"select min(bbox.xmin), max(bbox.ymax), any_value(arrangement), count(distinct shard) from '{folder.Path}/catalog.parquet'");
        var geo = Query(connection, $"select decode(value) from parquet_kv_metadata('{folder.Path}/catalog.parquet') where decode(key) = 'geo'");

        Assert.That(joined, Is.EqualTo(new object[] { 18L, (long)SmallDataset.Channels * 256 * 2, 32L, 256L }));
        Assert.That(box, Is.EqualTo(new object[] { 13.0, 52.5, "A", 4L }));
        var byTime = Query(connection, $"select count(*) from '{folder.Path}/shards/*.parquet' where time > timestamptz '2022-08-01 00:00:00+00'");
        Assert.That(byTime, Is.EqualTo(new object[] { 9L }));
        using var json = System.Text.Json.JsonDocument.Parse((string)geo[0]);
        var column = json.RootElement.GetProperty("columns").GetProperty("geometry");
        Assert.That(json.RootElement.GetProperty("version").GetString(), Is.EqualTo("1.1.0"));
        Assert.That(column.GetProperty("covering").GetProperty("bbox").GetProperty("ymax")[1].GetString(), Is.EqualTo("ymax"));
        Assert.That(column.GetProperty("bbox")[3].GetDouble(), Is.EqualTo(dataset.Catalog.Max(row => row.Footprint.Max(corner => corner.Latitude))));
    }

    [Test]
    public void Half_a_million_rows_of_catalog_need_less_than_150_MB()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var catalog = new PatchCatalog(539_000, []);
        for (var row = 0; row < catalog.Count; row++)
        {
            catalog.AddLocation($"32633-128-r{row:D7}-c{row:D7}");
            catalog.SceneIds[row] = catalog.Names.NumberOf($"scene {row / 46}");
        }

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(150e6));
        Assert.That(catalog[538_999].LocationId, Is.EqualTo("32633-128-r0538999-c0538999"));
    }

    private static object[] Query(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        Assert.That(reader.Read(), Is.True);
        return [.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetValue(column) switch
        {
            int number => (long)number,
            System.Numerics.BigInteger number => (long)number,
            var value => value,
        })];
    }
}
