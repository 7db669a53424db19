using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Products;

/// <summary>
/// Products of float32 matrices on AMD's processors with AVX-512, blocked for their caches (Goto and van de Geijn 2008). Libtorch leaves them to
/// MKL, which uses AVX2 only there: this is about twice as fast (docs/benchmarks.md). On Intel's processors MKL uses AVX-512 and keeps the work.
/// A sum is always taken in the same order: a row of the result depends neither on the number of threads nor on the other rows.
/// </summary>
public static unsafe class MatrixProduct
{
    /// <summary>Depth of a block: a tile's columns of B stay in the first cache.</summary>
    private const int BlockDepth = 256;

    /// <summary>Columns of a block of B, which stays in the second cache.</summary>
    private const int BlockColumns = 24 * TileKernel.Columns;

    /// <summary>Columns of the result up to which packing A costs more than it brings.</summary>
    private const int MostColumnsUnpacked = 3 * TileKernel.Columns;

    /// <summary>Multiplications below which a second thread does not pay.</summary>
    private const long OneThreads = 1 << 21;

    /// <summary>The first letters of the maker's name, as CPUID gives them: "Genu".</summary>
    private const int GenuineIntel = 0x756E6547;

    [ThreadStatic]
    private static float[]? memory;

    /// <summary>Whether this processor multiplies this way.</summary>
    internal static bool IsUsed { get; } = Avx512F.IsSupported && X86Base.CpuId(0, 0).Ebx != GenuineIntel;

    /// <summary>Whether this is the way to multiply such tensors.</summary>
    internal static bool Suits(Tensor tensor) => IsUsed && tensor.device_type == DeviceType.CPU && tensor.dtype == ScalarType.Float32;

    /// <summary>The product of two matrices, without gradient.</summary>
    /// <param name="a">[M, K].</param>
    /// <param name="b">[K, N], of the same number type and on the same device.</param>
    /// <returns>[M, N].</returns>
    public static Tensor Of(Tensor a, Tensor b)
    {
        using var frozen = no_grad();
        var product = a.new_empty([a.shape[0], b.shape[1]]);
        Into(product, a, b, add: false);
        return product;
    }

    /// <summary>result = a b, or + a b to what it holds: torch's <c>addmm_</c>.</summary>
    /// <param name="result">[M, N], float32, numbers of a row side by side.</param>
    /// <param name="a">[M, K].</param>
    /// <param name="b">[K, N].</param>
    /// <param name="add">Whether to add to <paramref name="result"/>.</param>
    internal static void Into(Tensor result, Tensor a, Tensor b, bool add)
    {
        if (Suits(result))
            Run(result, a, b, add, bias: null);
        else
            result.addmm_(a, b, beta: add ? 1 : 0, alpha: 1);
    }

    /// <summary>result = a b + bias.</summary>
    /// <param name="result">[M, N], float32, numbers of a row side by side.</param>
    /// <param name="a">[M, K].</param>
    /// <param name="b">[K, N].</param>
    /// <param name="bias">[N], contiguous.</param>
    internal static void Into(Tensor result, Tensor a, Tensor b, Tensor bias)
    {
        Run(result, a, b, add: false, (float*)TensorAddress.Of(bias));
        GC.KeepAlive(bias);
    }

    private static void Run(Tensor result, Tensor a, Tensor b, bool add, float* bias)
    {
        Run(Matrix.Of(a), Matrix.Of(b), Matrix.Of(result), add, bias, get_num_threads());
        GC.KeepAlive(result);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
    }

    /// <summary>c = a b, or + a b, or a b + bias.</summary>
    /// <param name="a">[M, K].</param>
    /// <param name="b">[K, N].</param>
    /// <param name="c">[M, N], numbers of a row side by side.</param>
    /// <param name="add">Whether to add to what <paramref name="c"/> holds.</param>
    /// <param name="bias">Added to every row, [N]; null for none.</param>
    /// <param name="threads">Threads to use at most.</param>
    internal static void Run(Matrix a, Matrix b, Matrix c, bool add, float* bias, int threads)
    {
        var parts = a.Rows * b.Columns * a.Columns < OneThreads ? 1 : threads;
        if (parts == 1)
            Part(a, b, c, add, bias);
        else if (c.Rows / TileKernel.Rows >= c.Columns / TileKernel.Columns)
            Split(c.Rows, TileKernel.Rows, parts, (first, count) => Part(a.RowsFrom(first, count), b, c.RowsFrom(first, count), add, bias));
        else
            Split(c.Columns, TileKernel.Columns, parts, (first, count) => Part(a, b.ColumnsFrom(first, count), c.ColumnsFrom(first, count), add, bias is null ? null : bias + first));
    }

    /// <summary>Divides lines into parts of whole tiles, one for each thread.</summary>
    private static void Split(long lines, int tile, int parts, Action<long, long> work)
    {
        var tiles = (lines + tile - 1) / tile;
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
        {
            var (first, end) = (tiles * part / parts * tile, Math.Min(tiles * (part + 1) / parts * tile, lines));
            if (end > first)
                work(first, end - first);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Part(Matrix a, Matrix b, Matrix c, bool add, float* bias)
    {
        fixed (float* start = Memory())
        {
            // Rounded up to whole lines of the cache.
            var packedA = (float*)(((nint)start + 63) & ~63);
            var zeros = packedA + (TileKernel.Rows * BlockDepth);
            var tile = zeros + TileKernel.Columns;
            var packedB = tile + (TileKernel.Rows * TileKernel.Columns);
            for (var column = 0L; column < b.Columns; column += BlockColumns)
            {
                var columns = (int)Math.Min(BlockColumns, b.Columns - column);
                var rest = bias is null ? null : bias + column;
                for (var k = 0L; k < a.Columns; k += BlockDepth)
                {
                    var depth = (int)Math.Min(BlockDepth, a.Columns - k);
                    PackColumns(b.ColumnsFrom(column, columns).RowsFrom(k, depth), packedB);
                    Block(a.ColumnsFrom(k, depth), c.ColumnsFrom(column, columns), add || k > 0, k > 0 ? null : rest, packedA, packedB, zeros, tile);
                }
            }
        }
    }

    /// <summary>Brings columns into the order of <see cref="TileKernel"/>: tiles of 32 columns, the last filled up with zeros.</summary>
    /// <param name="b">[K, N].</param>
    /// <param name="packed">Result, [tiles, K, 32].</param>
    internal static void PackColumns(Matrix b, float* packed)
    {
        for (var column = 0; column < b.Columns; column += TileKernel.Columns)
        {
            var count = (int)Math.Min(TileKernel.Columns, b.Columns - column);
            Packing.Pack(b.Data + (column * b.ColumnStride), (nint)b.ColumnStride, (nint)b.RowStride, count, TileKernel.Columns, (int)b.Rows, packed + (column * b.Rows));
        }
    }

    /// <summary>A product with one block of B, tile by tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(Matrix a, Matrix c, bool add, float* bias, float* packedA, float* packedB, float* zeros, float* tile)
    {
        for (var row = 0L; row < c.Rows; row += TileKernel.Rows)
        {
            var rows = (int)Math.Min(TileKernel.Rows, c.Rows - row);
            var part = a.RowsFrom(row, rows);
            if (rows < TileKernel.Rows || c.Columns > MostColumnsUnpacked)
            {
                Packing.Pack(part.Data, (nint)part.RowStride, (nint)part.ColumnStride, rows, TileKernel.Rows, (int)part.Columns, packedA);
                part = new Matrix(packedA, TileKernel.Rows, part.Columns, rowStride: 1, columnStride: TileKernel.Rows);
            }

            for (var column = 0; column < c.Columns; column += TileKernel.Columns)
            {
                var columns = (int)Math.Min(TileKernel.Columns, c.Columns - column);
                var to = c.Data + (row * c.RowStride) + column;
                var from = add ? to : bias is null ? zeros : bias + column;
                var stride = add ? (nint)c.RowStride : 0;
                var b = packedB + (column * a.Columns);
                if (rows == TileKernel.Rows && columns == TileKernel.Columns)
                {
                    TileKernel.Run((nint)part.Columns, part.Data, (nint)part.RowStride, (nint)part.ColumnStride, b, from, stride, to, (nint)c.RowStride);
                    continue;
                }

                // A tile at the edge is made in memory of its own.
                Copy(from, stride, tile, TileKernel.Columns, rows, columns);
                TileKernel.Run((nint)part.Columns, part.Data, (nint)part.RowStride, (nint)part.ColumnStride, b, tile, TileKernel.Columns, tile, TileKernel.Columns);
                Copy(tile, TileKernel.Columns, to, (nint)c.RowStride, rows, columns);
            }
        }
    }

    private static void Copy(float* from, nint fromStride, float* to, nint toStride, int rows, int columns)
    {
        for (var row = 0; row < rows; row++)
            new ReadOnlySpan<float>(from + (row * fromStride), columns).CopyTo(new Span<float>(to + (row * toStride), columns));
    }

    /// <summary>Memory of this thread for packed blocks, a tile and a row of zeros.</summary>
    private static float[] Memory()
    {
        if (memory is null)
        {
            const int Spare = 16, Tile = TileKernel.Rows * TileKernel.Columns;
            memory = GC.AllocateArray<float>(Spare + (TileKernel.Rows * BlockDepth) + TileKernel.Columns + Tile + (BlockDepth * BlockColumns), pinned: true);
        }

        return memory;
    }
}
