using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SpectralEarth.Reports;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>A TIFF whose windows are read on demand, several blocks at once. Thread-safe.</summary>
internal sealed class TiffRaster : IDisposable
{
    /// <summary>Memory of decoded blocks per byte of a sample: two rows of tiles of 256 pixels of an EnMAP scene.</summary>
    private const long CacheBytesPerSampleByte = 144L << 20;

    /// <summary>The same where one row of blocks takes more: a row of tiles of 512 pixels of an EnMAP scene, and one tile of the next.</summary>
    private const long LargestCacheBytesPerSampleByte = 256L << 20;

    private readonly ByteSource source;
    private readonly TiffDirectory directory;
    private readonly TiffBlockDecoder decoder;
    private readonly BlockCache cache;
    private readonly int workers;
    /// <summary>Compressed blocks that may be in work at once, whoever asks for them.</summary>
    private readonly SemaphoreSlim places;

    private TiffRaster(ByteSource source)
    {
        this.source = source;
        directory = new TiffDirectory(source);
        Layout = new TiffLayout(source, directory);
        Georeference = TiffGeoreference.Read(source, directory);
        decoder = new TiffBlockDecoder(source, Layout);
        cache = new BlockCache(decoder.MemoryBytes, CacheBytes());
        // Each holds a block twice, as it is stored and decoded.
        workers = (int)Math.Clamp(LargestCacheBytesPerSampleByte * Layout.SampleBytes / (2L * decoder.MemoryBytes), 1, Environment.ProcessorCount);
        places = new SemaphoreSlim(workers);
    }

    /// <summary>File name without folder.</summary>
    internal string Name => source.Name;

    /// <summary>Arrangement of the samples.</summary>
    internal TiffLayout Layout { get; }

    /// <summary>Position and no-data value.</summary>
    internal TiffGeoreference Georeference { get; }

    /// <inheritdoc cref="TiffScales.Read"/>
    internal TiffScales? ReadScales() => TiffScales.Read(source, directory, Layout.Bands);

    /// <inheritdoc cref="TiffWavelengths.ReadNm"/>
    internal IReadOnlyList<double>? ReadWavelengthsNm() => TiffWavelengths.ReadNm(source, directory, Layout.Bands);

    /// <inheritdoc cref="GdalMetadata.BandItems"/>
    internal IReadOnlyList<GdalMetadata.BandItem> ReadBandItems() => GdalMetadata.BandItems(source, directory, Layout.Bands);

    /// <inheritdoc cref="TiffColors.Read"/>
    internal IReadOnlyList<Rgb> ReadColors() => TiffColors.Read(source, directory);

    /// <summary>Opens a file and checks that all its blocks are there.</summary>
    /// <exception cref="SceneException">Absent, damaged, truncated, or of a form that cannot be read.</exception>
    internal static TiffRaster Open(string path) => Open(FileSource.Open(path));

    /// <summary>The same for a file that is open already; it is closed with the raster.</summary>
    /// <exception cref="SceneException">Damaged, truncated, or of a form that cannot be read.</exception>
    internal static TiffRaster Open(ByteSource source)
    {
        try
        {
            return new TiffRaster(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads a window of some bands, [C, H, W]; the window may reach over the edges.</summary>
    /// <typeparam name="T">Type of a sample, or an integer type of its size.</typeparam>
    /// <param name="window">Pixels to read.</param>
    /// <param name="bandNumbers">1-based bands in the order wanted.</param>
    /// <param name="destination">Receives the samples.</param>
    /// <param name="outside">Value of pixels outside the raster and of blocks that were never written, unless the file names a no-data value for the latter.</param>
    /// <exception cref="SceneException">A block is damaged.</exception>
    internal unsafe void Read<T>(RasterWindow window, IReadOnlyList<int> bandNumbers, Span<T> destination, T outside)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(Unsafe.SizeOf<T>(), Layout.SampleBytes);
        var samples = (long)bandNumbers.Count * window.Width * window.Height;
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, samples, nameof(destination));
        var bands = bandNumbers.Select(ZeroBased).ToArray();
        var inside = window.Clipped(Layout.Width, Layout.Height);
        if (inside != window)
            destination[..(int)samples].Fill(outside);
        if (inside.Width == 0 || inside.Height == 0 || bands.Length == 0)
            return;
        fixed (T* start = destination)
        {
            var target = new WindowTarget<T>(start, window, inside, bands, Layout);
            ReadBlocks(Blocks(inside, bands), target, outside);
        }
    }

    /// <summary>Says that rows above one will not be read again.</summary>
    internal void ReleaseAbove(int row) => cache.ReleaseAbove(row, Layout.BlockHeight);

    /// <inheritdoc/>
    public void Dispose()
    {
        places.Dispose();
        cache.Dispose();
        source.Dispose();
    }

    /// <summary>A row of blocks is read in several windows, top to bottom: without room for all of it, each window would decode it anew.</summary>
    private long CacheBytes() => Math.Clamp(
        (Layout.BlocksInRow + 1L) * decoder.MemoryBytes,
        CacheBytesPerSampleByte * Layout.SampleBytes,
        LargestCacheBytesPerSampleByte * Layout.SampleBytes);

    private int ZeroBased(int number) => number >= 1 && number <= Layout.Bands
        ? number - 1
        : throw new ArgumentOutOfRangeException(nameof(number), number, $"{Name} has bands 1 to {Layout.Bands}.");

    private void ReadBlocks<T>(List<TiffBlock> blocks, WindowTarget<T> target, T outside) where T : unmanaged
    {
        if (blocks.Count == 1 || workers == 1)
        {
            foreach (var block in blocks)
                ReadBlock(block, target, outside);
            return;
        }

        try
        {
            Parallel.For(0, blocks.Count, new ParallelOptions { MaxDegreeOfParallelism = workers }, i => ReadBlock(blocks[i], target, outside));
        }
        catch (AggregateException several) when (several.InnerExceptions.OfType<SceneException>().FirstOrDefault() is { } first)
        {
            throw first;
        }
    }

    private void ReadBlock<T>(TiffBlock block, WindowTarget<T> target, T outside) where T : unmanaged
    {
        if (block.IsSparse)
            target.Fill(block, Georeference.NoData is { } noData ? Sample<T>(noData) : outside);
        else if (Layout.Compression == TiffCompression.None)
            Use(1);     // costs no more to read again than to keep
        else
            UseInTurn();

        void UseInTurn()
        {
            places.Wait();
            try
            {
                Use(target.ShareOf(block));
            }
            finally
            {
                places.Release();
            }
        }

        void Use(double share) =>
            cache.Use(block, share, samples => decoder.Decode(block, samples), samples => target.Put(block, MemoryMarshal.Cast<byte, T>(samples)));
    }

    private T Sample<T>(double value) where T : unmanaged
    {
        if (Layout.Kind == SampleKind.Float32)
        {
            var sample = (float)value;
            return Unsafe.As<float, T>(ref sample);
        }

        if (Layout.Kind == SampleKind.Float64)
            return Unsafe.As<double, T>(ref value);
        var isExact = value == Math.Truncate(value) && Math.Abs(value) <= (Layout.SampleBytes == sizeof(ulong) ? ulong.MaxValue : uint.MaxValue);
        if (!isExact)
            throw source.Error(string.Create(CultureInfo.InvariantCulture, $"the no-data value {value} is no {Layout.Kind} sample."));
        var bits = value < 0 ? (long)value : (long)(ulong)value;
        return Unsafe.As<long, T>(ref bits); // little-endian machines only, as .NET 10 supports for this program
    }

    private List<TiffBlock> Blocks(RasterWindow inside, int[] bands)
    {
        var blocks = new List<TiffBlock>();
        foreach (var band in Layout.IsPlanar ? bands.Distinct() : [0])
        {
            for (var row = inside.Row; row < inside.Row + inside.Height;)
            {
                var rows = 0;
                for (var column = inside.Column; column < inside.Column + inside.Width;)
                {
                    var block = Layout.BlockAt(band, row, column);
                    blocks.Add(block);
                    (rows, column) = (block.FirstRow + block.Rows, block.FirstColumn + Layout.BlockWidth);
                }

                row = rows;
            }
        }

        return blocks;
    }
}
